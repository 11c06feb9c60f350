import type { Example } from '../learning/insights/example';
import { compareShares } from '../learning/insights/compare';
import { linksTo } from '../learning/insights/hypothesis';
import { testShareAbove } from '../learning/insights/share-above';
import { normalTail } from '../learning/insights/statistics/normal';
import { mean, meanVariance, shareVariance } from '../learning/insights/statistics/summary';
import { bySession, groupBy, sessionMeans, smallestSample } from '../learning/insights/units';
import { percent } from '../learning/insights/words';
import { aboutDuration } from '../routing/plain-words';
import { freePlaces } from '../routing/score';
import type { Evidence } from './evidence';
import { meanInterval, normalInterval, scaled } from './interval';
import type { PastAttempt } from './past-attempt';
import type { Candidate, Proposal } from './proposal';
import { ProposalKind } from './proposal';

/** Waiting for long: in more than a quarter of the sessions, for a quarter of the time that the work takes, and a second. */
const often = 0.25;
const longShare = 0.25;
const shortestWaitMs = 1_000;

/** With more to do at once, an agent may succeed less often by a tenth at most, and take a quarter longer. */
const smallestDrop = 0.1;
const smallestSlowdown = Math.log(1.25);

/** An attempt with how full its agent was, itself included. */
interface Loaded {
  example: Example;
  running: number;
}

/** Agents that could take more at once, or should take less. */
export function* capacityCandidates(attempts: readonly PastAttempt[], evidence: Evidence): Iterable<Candidate> {
  const { workspace, capacities, routing } = evidence;
  for (const [name, capacity] of capacities) {
    const own = attempts.flatMap(({ example, assignment }): Loaded[] => {
      const { agent, inputs } = assignment;
      if (agent.workspace !== workspace || agent.name !== name) return [];
      const chosen = inputs.evaluated.find((one) => one.agent.workspace === workspace && one.agent.name === name);
      // Under another capacity it was another agent.
      return chosen?.maxConcurrent === capacity ? [{ example, running: chosen.running + 1 }] : [];
    });
    const isBusy = ({ running }: Loaded): boolean => running > capacity / 2;
    const [busy, calm] = [own.filter(isBusy), own.filter((one) => !isBusy(one))].map((some) =>
      some.map(({ example }) => example),
    );
    if (!busy || !calm || Math.min(bySession(busy).length, bySession(calm).length) < smallestSample) continue;
    const of = { workspace, name, capacity };
    yield* raise(of, own, { busy, calm }, freePlaces(0, capacity, routing.maxLoad));
    if (capacity > 1) yield* lower(of, { busy, calm });
  }
}

interface Agent {
  workspace: string;
  name: string;
  capacity: number;
}

interface Split {
  busy: readonly Example[];
  calm: readonly Example[];
}

/** All three must hold, so the weakest test counts: it is waited for, and being busy neither makes it fail more often nor slows it down. */
function* raise(agent: Agent, own: readonly Loaded[], { busy, calm }: Split, places: number): Iterable<Candidate> {
  const isLong = ({ waitedMs, durationMs }: Example): boolean =>
    (waitedMs ?? 0) >= Math.max(shortestWaitMs, longShare * (durationMs ?? 0));
  const full = own.filter(({ example, running }) => running >= places && example.attempt === 1 && isLong(example));
  const waiting = full.map(({ example }) => example);
  const waited = sessionMeans(waiting, (example) => example.waitedMs);
  const sessions = new Set(waiting.map(({ session }) => session));
  const test = testShareAbove(
    bySession(own.map(({ example }) => example)).map(([first]) => sessions.has(first?.session ?? '')),
    often,
  );
  const success = (some: readonly Example[]): number[] => sessionMeans(some, (example) => example.success);
  const logs = (some: readonly Example[]): number[] =>
    sessionMeans(some, ({ succeeded, durationMs }) =>
      succeeded && durationMs !== null ? Math.log(Math.max(1, durationMs)) : null,
    );
  const [busyRate, calmRate, busyLogs, calmLogs] = [success(busy), success(calm), logs(busy), logs(calm)];
  if (!test || waited.length < 2 || Math.min(busyLogs.length, calmLogs.length) < smallestSample) return;
  const drop = mean(calmRate) - mean(busyRate);
  const fails = normalTail((smallestDrop - drop) / Math.sqrt(shareVariance(busyRate) + shareVariance(calmRate)));
  const slowdown = mean(busyLogs) - mean(calmLogs);
  const slower = normalTail(
    (smallestSlowdown - slowdown) / Math.max(1e-9, Math.sqrt(meanVariance(busyLogs) + meanVariance(calmLogs))),
  );
  const { capacity } = agent;
  const more = capacity + Math.max(1, Math.round(capacity / 2));
  // While a line never empties, it moves on in proportion to the places.
  const saved = scaled(meanInterval(waited), 1 - capacity / more);
  yield {
    p: test.matters ? Math.max(test.p, fails, slower) : 1,
    proposal: {
      ...capacityChange(agent, more, busy, calm),
      says: `${agent.name} was waited for in ${percent(test.hits / test.of)} of ${test.of} sessions, ${aboutDuration(mean(waited))} on average, with all of its ${capacity} places taken. It succeeds as often when it is busy (${percent(mean(busyRate))}) as when it is not (${percent(mean(calmRate))}), and takes ${percent(Math.exp(slowdown))} of the time.`,
      effect: { what: 'waiting of a task that waits for it', unit: 'ms', ...saved },
      links: linksTo(waiting),
    },
  };
}

function* lower(agent: Agent, { busy, calm }: Split): Iterable<Candidate> {
  const [busyRate, calmRate] = [busy, calm].map((some) => sessionMeans(some, ({ success }) => success));
  const test = busyRate && calmRate && compareShares(calmRate, busyRate);
  if (!test) return;
  const { capacity } = agent;
  const gain = test.withIt - test.without;
  const error = Math.sqrt(shareVariance(busyRate) + shareVariance(calmRate));
  yield {
    p: test.matters && gain > 0 ? test.p : 1,
    proposal: {
      ...capacityChange(agent, Math.ceil(capacity / 2), busy, calm),
      says: `${agent.name} succeeds less often when more than half of its ${capacity} places are taken: ${percent(test.without)} instead of ${percent(test.withIt)}.`,
      effect: { what: 'success rate of attempts that find it busy', unit: 'share', ...normalInterval(gain, error) },
      links: linksTo(busy.filter(({ succeeded }) => !succeeded)),
    },
  };
}

function capacityChange(
  { workspace, name, capacity }: Agent,
  to: number,
  busy: readonly Example[],
  calm: readonly Example[],
): Pick<Proposal, 'kind' | 'change' | 'advice' | 'evidence'> {
  return {
    kind: ProposalKind.capacity,
    change: {
      of: 'agent',
      agent: { workspace, name },
      before: { maxConcurrent: capacity },
      after: { maxConcurrent: to },
    },
    advice: null,
    evidence: {
      sessions: groupBy([...busy, ...calm], ({ session }) => session).size,
      attempts: busy.length + calm.length,
    },
  };
}
