/** SQL: rows of both are of the same attempt. */
export function sameAttempt(one: string, other: string): string {
  return ['workspace', 'session', 'run', 'attempt']
    .map((column) => `${other}.${column} = ${one}.${column}`)
    .join(' AND ');
}
