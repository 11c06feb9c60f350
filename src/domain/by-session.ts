/** Groups news by the session they are for, in the order they came. */
export function bySession<News extends { workspace: string; session: string }>(
  news: readonly News[],
): [News, ...News[]][] {
  const groups = new Map<string, [News, ...News[]]>();
  for (const item of news) {
    const key = `${item.workspace}/${item.session}`;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}
