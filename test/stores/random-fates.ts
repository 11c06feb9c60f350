import { attemptUnstarted } from '../../src/contracts/protocol/attempt-events';
import { createRandom } from '../../src/domain/random';
import type { SessionEvent } from '../../src/domain/session/events';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { untilDone } from './observed-stores';
import type { ObservedStores } from './observed-stores';
import { takeInbox } from './played-session';
import type { PlayedSession } from './played-session';
import { ended, lost, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';

export interface RandomFates {
  seed: string;
  stores: ObservedStores;
  drivers: readonly SessionDriver[];
  /** One of these each attempt comes to. */
  verdicts: readonly ('succeeded' | 'failed')[];
  /** 0–1: how often whoever gives out room has read all agents anew. */
  forgets: number;
  /** After the storm, so many rounds at most until all sessions have ended. */
  calmRounds: number;
  /** Tells those who wait for budgets or for the workspace; events by session. */
  wake(): Promise<Iterable<[session: string, events: SessionEvent[]]>>;
  /** Called again and again until all is over. */
  watch(): Promise<void>;
}

/** Turns, begins, ends, losses, pauses, grants and broken connections at once, in random order; then calm, until all sessions have ended. */
export async function playRandomFates(fates: RandomFates): Promise<void> {
  const { seed, stores, verdicts, forgets, calmRounds } = fates;
  const random = createRandom(seed);
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const take = <T>(from: T[]): T | undefined => from.splice(Math.floor(random() * from.length), 1)[0];
  const sessions = fates.drivers.map((driver): PlayedSession => ({ driver, inbox: [started], waiting: [], begun: [] }));
  let requests = 0;
  let isOver = false;

  const begin = async (session: PlayedSession): Promise<void> => {
    const attempt = take(session.waiting);
    if (!attempt) return;
    const beginning = await stores.attempts.begin(attempt, 'worker').catch((error: unknown) => {
      session.waiting.push(attempt);
      throw error;
    });
    if (beginning.kind === 'begun') session.begun.push(attempt);
    else session.inbox.push(attemptUnstarted(attempt.run, attempt.attempt));
  };
  const end = async (session: PlayedSession): Promise<void> => {
    const attempt = take(session.begun);
    if (!attempt) return;
    const verdict = pick(verdicts) ?? 'succeeded';
    await stores.attempts.settle(settlement(attempt, { verdict })).catch((error: unknown) => {
      session.begun.push(attempt);
      throw error;
    });
    session.inbox.push(ended(attempt.run, attempt.attempt, verdict));
  };
  const lose = (session: PlayedSession): Promise<void> => {
    const attempt = pick([...session.begun, ...session.waiting]);
    if (attempt) session.inbox.push(lost(attempt.run, attempt.attempt));
    return Promise.resolve();
  };
  const request = (session: PlayedSession): Promise<void> => {
    const type = pick(['pause-requested', 'resume-requested', 'resume-requested'] as const);
    if (type) session.inbox.push({ id: `request-${(requests += 1)}`, type });
    return Promise.resolve();
  };
  const tell = (id: string, ...events: SessionEvent[]): void =>
    void sessions.find(({ driver }) => driver.id === id)?.inbox.push(...events);
  const wake = async (): Promise<void> => {
    for (const [id, events] of await fates.wake()) tell(id, ...events);
  };
  const grant = async (): Promise<void> => {
    if (random() < forgets) stores.directory.forget();
    const { turns } = await grantRoom(stores.line, stores.directory);
    for (const turn of turns) tell(turn.session, grantedEvent(turn));
  };
  const repeatGrants = async (): Promise<void> => {
    for (const turn of await stores.line.unacceptedGrants(0, 100)) tell(turn.session, grantedEvent(turn));
  };
  const watchAll = async (): Promise<void> => {
    while (!isOver) await fates.watch();
  };
  // All at once, before anything is lost: how much is taken up then is for the limits to say, not for chance.
  await Promise.all(sessions.map(takeInbox));
  await fates.watch();
  const watching = watchAll();

  try {
    for (let round = 0; round < 40; round++) {
      const one = (): PlayedSession => pick(sessions) as PlayedSession;
      const turns = sessions.filter(({ inbox }) => inbox.length > 0).map((session) => () => takeInbox(session));
      const others = Array.from({ length: 25 }, () => {
        const at = random();
        if (at < 0.4) return () => begin(one());
        if (at < 0.65) return () => end(one());
        if (at < 0.7) return () => lose(one());
        if (at < 0.82) return wake;
        if (at < 0.92) return grant;
        if (at < 0.97) return () => request(one());
        return stores.breakConnection;
      });
      await Promise.allSettled([...turns, ...others].map((act) => act()));
    }
    for (let calm = 0; sessions.some(({ driver }) => !driver.state?.ended); calm++) {
      if (calm > calmRounds) throw new Error(`seed ${seed}: sessions do not end`);
      for (const session of sessions) {
        if (session.driver.state?.ended) continue;
        if (session.driver.state?.paused) session.inbox.push({ id: `calm-${calm}`, type: 'resume-requested' });
        while (session.waiting.length > 0) await untilDone(() => begin(session));
        while (session.begun.length > 0) await untilDone(() => end(session));
        await untilDone(repeatGrants);
        await untilDone(wake);
        await untilDone(grant);
        if (session.inbox.length > 0) await untilDone(() => takeInbox(session));
      }
    }
  } finally {
    isOver = true;
    await watching;
  }
}
