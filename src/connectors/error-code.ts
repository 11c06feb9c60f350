/** The code of a system or Node error (`ENOENT`, `ECONNREFUSED`), its own or that of its cause; else its name. */
export function errorCode(error: unknown): string {
  // Not `instanceof Error`: an error may come from another realm, such as a sandbox's.
  if (typeof error !== 'object' || error === null) return 'unknown error';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if ('cause' in error && error.cause !== undefined) return errorCode(error.cause);
  return 'name' in error && typeof error.name === 'string' ? error.name : 'unknown error';
}
