import type { SessionEvidence } from '../../src/domain/prediction/evidence';
import { measureDurations } from '../../src/domain/prediction/measured-durations';
import { drawWorld } from './fleet';
import type { Fleet } from './fleet';
import { playSession } from './play-session';
import type { PlayedAttempt } from './play-session';

/** Attempts of a task that are looked back at, as in the database. */
const lookedAt = 50;

/** What was measured in so many earlier sessions of the fleet: just what the database would have. */
export function historyOf(fleet: Fleet, sessions: number, seed: string): Omit<SessionEvidence, 'begunAt'> {
  const { tasks } = fleet.index.outline;
  const attempts: PlayedAttempt[] = [];
  const conditions = tasks.map(() => ({ held: 0, failed: 0 }));
  const items = tasks.map((): number[] => []);
  for (let nth = 0; nth < sessions; nth++) {
    const played = playSession(fleet.index, drawWorld(fleet, `${seed}/${nth}`), { id: `${seed}/${nth}` });
    attempts.push(...played.attempts);
    played.state.tasks.forEach(({ status, reason, startedAt, items: listed }, at) => {
      const counts = conditions[at];
      if (counts && status === 'skipped' && reason === 'condition') counts.failed += 1;
      else if (counts && (startedAt !== undefined || listed)) counts.held += 1;
      if (listed) items[at]?.push(listed.length);
    });
  }
  return {
    registered: [],
    tasks: tasks.map(({ conditional, forEach }, task) => {
      const latest = attempts.filter((attempt) => attempt.task === task).slice(-lookedAt);
      const took = (succeeded: boolean): number[] =>
        latest.filter((attempt) => attempt.succeeded === succeeded).map(({ takesMs }) => takesMs);
      const counts = conditions[task];
      return {
        durations: measureDurations(took(true)),
        failures: measureDurations(took(false)),
        ...(conditional && counts && { conditions: counts }),
        ...(forEach && { items: items[task] ?? [] }),
      };
    }),
  };
}
