import { createRandom } from '../../src/domain/random';
import { forecastSession } from '../../src/domain/prediction/forecast-session';
import type { SessionState } from '../../src/domain/session/state';
import { drawFleet, drawWorld, shapeNames } from './fleet';
import { historyOf } from './history';
import { playSession } from './play-session';

export interface EtaAccuracy {
  /** What the forecasts have in common. */
  group: string;
  sessions: number;
  /** Shares of sessions that ended within P50, and within P90. */
  withinP50: number;
  withinP90: number;
  /** Of |P50 − what it took| ÷ what it took. */
  medianError: number;
}

interface Forecasted {
  shape: string;
  earlierSessions: number;
  moment: 'start' | 'under way';
  tookMs: number;
  p50: number;
  p90: number;
}

/** Earlier sessions of the plan that each kind of fleet has behind it. */
export const histories = [5, 10, 30] as const;

/** Forecasts of sessions of simulated fleets, from their start and from a moment in between, and what the sessions then took. */
export function measureEtas(fleets: number, seed: string): { accuracies: EtaAccuracy[]; withoutForecast: number } {
  const forecasted: Forecasted[] = [];
  let withoutForecast = 0;
  for (const earlierSessions of histories) {
    for (let nth = 0; nth < fleets; nth++) {
      const one = forecastOne(`${seed}/${earlierSessions}/${nth}`, earlierSessions);
      forecasted.push(...one);
      withoutForecast += Number(one.length === 0);
    }
  }
  const accuracy = (group: string, included: (one: Forecasted) => boolean): EtaAccuracy =>
    accuracyOf(group, forecasted.filter(included));
  return {
    accuracies: [
      accuracy('all', () => true),
      accuracy('from the start', ({ moment }) => moment === 'start'),
      accuracy('under way', ({ moment }) => moment === 'under way'),
      ...histories.map((sessions) =>
        accuracy(
          `after ${sessions} sessions, from the start`,
          (one) => one.earlierSessions === sessions && one.moment === 'start',
        ),
      ),
      ...shapeNames.map((shape) =>
        accuracy(`${shape}, from the start`, (one) => one.shape === shape && one.moment === 'start'),
      ),
    ],
    withoutForecast,
  };
}

function forecastOne(seed: string, earlierSessions: number): Forecasted[] {
  const fleet = drawFleet(seed);
  const measured = historyOf(fleet, earlierSessions, seed);
  const looks: { state: SessionState; now: number; begunAt: ReadonlyMap<string, number> }[] = [];
  const { endedAt } = playSession(fleet.index, drawWorld(fleet, `${seed}/forecast`), {
    id: seed,
    look: (state, now, begunAt) => looks.push({ state, now, begunAt: new Map(begunAt) }),
  });
  const forecastAt = (moment: Forecasted['moment'], now: number): Forecasted[] => {
    const look = looks.findLast((one) => one.now <= now);
    if (!look || now >= endedAt) return [];
    const evidence = { ...measured, begunAt: look.begunAt };
    const { remainingMs } = forecastSession(fleet.index, look.state, evidence, { now, seed });
    return remainingMs ? [{ shape: fleet.shape, earlierSessions, moment, tookMs: endedAt - now, ...remainingMs }] : [];
  };
  const fromStart = forecastAt('start', 0);
  // A moment that does not depend on how long the session takes: who looks back from its end looks at luckier ones.
  const later = fromStart.flatMap(({ p50 }) => forecastAt('under way', p50 * createRandom('moment', seed)()));
  return [...fromStart, ...later];
}

function accuracyOf(group: string, all: readonly Forecasted[]): EtaAccuracy {
  const share = (holds: (one: Forecasted) => boolean): number => all.filter(holds).length / all.length;
  const errors = all.map(({ p50, tookMs }) => Math.abs(p50 - tookMs) / tookMs).sort((a, b) => a - b);
  return {
    group,
    sessions: all.length,
    withinP50: share(({ tookMs, p50 }) => tookMs <= p50),
    withinP90: share(({ tookMs, p90 }) => tookMs <= p90),
    medianError: errors[Math.floor(errors.length / 2)] ?? NaN,
  };
}
