/** SQLSTATE classes 22 (a value out of its range or form) and 23 (a violated constraint): the same will be refused again. */
export function isRefusedValue(error: unknown): boolean {
  return error instanceof Error && /^2[23]/.test(String((error as { code?: unknown }).code));
}
