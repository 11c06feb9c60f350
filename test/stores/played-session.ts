import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import type { SessionEvent } from '../../src/domain/session/events';
import type { SessionDriver } from './session-driver';

/** A session as the world around it sees it: what it has not heard of yet, and its attempts. */
export interface PlayedSession {
  driver: SessionDriver;
  inbox: SessionEvent[];
  waiting: RunTaskInput[];
  begun: RunTaskInput[];
}

/** Its next turn, which takes in what it can of the inbox; what it starts waits to be begun. */
export async function takeInbox(session: PlayedSession): Promise<void> {
  const { result, attempts } = await session.driver.take(...session.inbox);
  const gone = new Set([...result.dropped, ...result.accepted.map((one) => (typeof one === 'string' ? one : one.id))]);
  session.inbox = session.inbox.filter(({ id }) => !gone.has(id));
  session.waiting.push(...attempts);
}
