import { maxSessionIdLength } from '../contracts/protocol/ids';
import { OrchestraError } from '../domain/errors';

/** Throws USAGE for an id that a session cannot have. */
export function checkSessionId(id: string): void {
  if (/^[A-Za-z0-9_.-]+$/.test(id) && id.length <= maxSessionIdLength) return;
  throw new OrchestraError(
    'USAGE',
    `"${id}" is no session id: use letters, digits, '-', '_' and '.', at most ${maxSessionIdLength} characters.`,
  );
}
