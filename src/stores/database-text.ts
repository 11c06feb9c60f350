/** Texts come from agents and users; PostgreSQL takes no NUL characters and no half surrogate pairs, not in JSON either. */
export function databaseText(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}

/** JSON for a parameter of type jsonb, with all its texts fit for the database. */
export function databaseJson(value: unknown): string {
  const json = JSON.stringify(value);
  // As JSON writes what PostgreSQL does not take. Few have it, and looking at every part takes five times as long.
  if (!/\\u(?:0000|d[89a-f])/.test(json)) return json;
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? databaseText(part) : part));
}
