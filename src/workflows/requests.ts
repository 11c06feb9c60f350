import type { SessionRequest } from '../contracts/protocol/session';

const types: ReadonlySet<string> = new Set([
  'pause-requested',
  'resume-requested',
  'cancel-requested',
  'retry-requested',
]);

/** Refuses malformed requests before they reach history. Synchronous: a rejected promise would pass as accepted. */
export function checkRequest(request: SessionRequest): void {
  const { id, type } = (request ?? {}) as Partial<SessionRequest>;
  if (typeof id !== 'string' || id === '' || id.length > 200)
    throw new Error('A request needs an id of 1 to 200 characters.');
  if (typeof type !== 'string' || !types.has(type))
    throw new Error(`A session takes ${[...types].join(', ')}, not ${String(type)}.`);
}
