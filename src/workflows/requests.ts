import { eventIds } from '../contracts/protocol/ids';
import type { SessionRequest } from '../contracts/protocol/session';

const types: ReadonlySet<string> = new Set([
  'pause-requested',
  'resume-requested',
  'cancel-requested',
  'retry-requested',
  'edit-requested',
  'resolve-requested',
  'task-cancel-requested',
]);

const ownIds: ReadonlySet<string> = new Set([eventIds.started, eventIds.orphaned]);

const maxTextLength = 2_000;

/** Refuses malformed requests before they reach history. Synchronous: a rejected promise would pass as accepted. */
export function checkRequest(request: SessionRequest): void {
  const { id, type, ...fields } = (request ?? {}) as Partial<SessionRequest>;
  // Ids of the system's own events hold a slash, or are words: a request must not pass for one of them.
  if (typeof id !== 'string' || !/^[A-Za-z0-9_.:-]{1,200}$/.test(id) || ownIds.has(id))
    throw new Error("A request needs an id of 1 to 200 letters, digits, '_', '.', ':' and '-'.");
  if (typeof type !== 'string' || !types.has(type))
    throw new Error(`A session takes ${[...types].join(', ')}, not ${String(type)}.`);
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string' && value.length > maxTextLength)
      throw new Error(`The ${name} of a request takes at most ${maxTextLength} characters.`);
    if (typeof value !== 'string' && typeof value !== 'boolean')
      throw new Error(`The ${name} of a request takes a text or a boolean.`);
  }
}
