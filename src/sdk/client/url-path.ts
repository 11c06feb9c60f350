/** A path of the API, with what stands in it encoded. */
export function urlPath(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.map((part, at) => part + (at < values.length ? encodeURIComponent(values[at] ?? '') : '')).join('');
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export function queryString(query: Query): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) said.set(name, String(value));
  return said.size === 0 ? '' : `?${said.toString()}`;
}
