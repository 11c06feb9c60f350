/** What must not stand in a log, whoever wrote it there: tokens, JWTs, what a login came back with, and the passwords of addresses. */
const secrets: readonly [RegExp, string][] = [
  [/\borc_(api|agent|login)_[\w-]+/g, 'orc_$1_***'],
  [/(\/login\/callback\?)[^\s"\\]+/g, '$1***'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '***'],
  [/(\bBearer )[^\s"\\]+/gi, '$1***'],
  [/([a-z][a-z+.-]*:\/\/[^\s:/@"\\]*):[^\s/@"\\]+@/gi, '$1:***@'],
];

/** A line of the log without secrets. */
export function maskLine(line: string): string {
  let masked = line;
  for (const [pattern, replacement] of secrets) masked = masked.replace(pattern, replacement);
  return masked;
}
