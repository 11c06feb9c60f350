import type { SessionEvidence } from '../../../src/domain/prediction/evidence';
import { measureDurations, noDurations } from '../../../src/domain/prediction/measured-durations';
import { createRandom } from '../../../src/domain/random';
import { drawNormal } from '../../../src/domain/random-variates';
import { applyDecision, decide } from '../../../src/domain/session/decide';
import type { Decision } from '../../../src/domain/session/events';
import { indexOutline } from '../../../src/domain/session/outline';
import type { PlanIndex } from '../../../src/domain/session/outline';
import { initialState } from '../../../src/domain/session/state';
import type { SessionState } from '../../../src/domain/session/state';
import { outlineOf } from '../../helpers/engine/outline-of';

const agentNames = ['ada', 'bob', 'eve'];

/** A session of tasks one after the other, all for the shared agents. */
interface Chain {
  /** Runs that have not been in the line yet. */
  left: number;
}

interface Attempt {
  chain: Chain;
  agent: number;
  beganAt: number;
  endsAt: number;
}

/** What a forecast of a session sees when it comes to agents that others are at, and how long it really took then. */
export interface SharedCase {
  index: PlanIndex;
  state: SessionState;
  evidence: SessionEvidence;
  now: number;
  tookMs: number;
}

/** One to three agents with one or two places, and up to six sessions that were there before: first come, first served. Undefined where nobody is left. */
export function sharedCase(seed: string): SharedCase | undefined {
  const random = createRandom('shared', seed);
  const upTo = (most: number): number => 1 + Math.floor(most * random());
  const [mu, sigma] = [Math.log(10_000) + 3 * random(), 0.1 + 0.7 * random()];
  const duration = (): number => Math.exp(mu + sigma * drawNormal(random));
  const free = Array.from({ length: upTo(3) }, () => upTo(2));
  const own: Chain = { left: upTo(6) };
  const outline = outlineFor(own.left);
  const queue: { chain: Chain; since: number }[] = [];
  let inFlight: Attempt[] = [];
  let now = 0;
  const join = (chain: Chain): void => {
    if (chain.left === 0) return;
    chain.left -= 1;
    queue.push({ chain, since: now });
  };
  const serve = (): void => {
    for (let agent = free.findIndex((places) => places > 0); agent >= 0;) {
      const next = queue.shift();
      if (!next) return;
      free[agent] = (free[agent] ?? 0) - 1;
      inFlight.push({ chain: next.chain, agent, beganAt: now, endsAt: now + duration() });
      agent = free.findIndex((places) => places > 0);
    }
  };
  const endNext = (): Attempt | undefined => {
    const [next] = [...inFlight].sort((left, right) => left.endsAt - right.endsAt);
    if (!next) return undefined;
    now = next.endsAt;
    inFlight = inFlight.filter((one) => one !== next);
    free[next.agent] = (free[next.agent] ?? 0) + 1;
    join(next.chain);
    serve();
    return next;
  };
  const others = Array.from({ length: upTo(6) }, (): Chain => ({ left: upTo(8) }));
  others.forEach(join);
  serve();
  const arrivesAt = 4 * random() * Math.exp(mu);
  while ((inFlight.length > 0 ? Math.min(...inFlight.map(({ endsAt }) => endsAt)) : Infinity) <= arrivesAt) endNext();
  if (inFlight.length === 0) return undefined;
  now = arrivesAt;
  join(own);
  serve();
  const seen = see({ index: outline, own, others, inFlight, queue, free, now, duration });
  for (let ended = endNext(); ended; ended = endNext()) {
    const isOver =
      own.left === 0 && !queue.some(({ chain }) => chain === own) && !inFlight.some(({ chain }) => chain === own);
    if (ended.chain === own && isOver) return { ...seen, tookMs: now - arrivesAt };
  }
  throw new Error('the session never ends');
}

function outlineFor(tasks: number): PlanIndex {
  const named = Array.from({ length: tasks }, (_, at) => [
    `t${at}`,
    { needs: at === 0 ? [] : [`t${at - 1}`], agents: 'of the registry' as const, attempts: 3 },
  ]);
  return indexOutline(outlineOf(Object.fromEntries(named) as Parameters<typeof outlineOf>[0]));
}

function see(world: {
  index: PlanIndex;
  own: Chain;
  others: readonly Chain[];
  inFlight: readonly Attempt[];
  queue: readonly { chain: Chain; since: number }[];
  free: readonly number[];
  now: number;
  duration: () => number;
}): Omit<SharedCase, 'tookMs'> {
  const { index, own, others, inFlight, queue, free, now, duration } = world;
  const attempt = inFlight.find(({ chain }) => chain === own);
  const began = decide(index, initialState(index, 'session', now), { id: 'start', type: 'session-started' }, now).state;
  const decision: Decision = attempt
    ? ['start', 0, -1, 1, agentNames[attempt.agent] ?? '', 1]
    : ['line-up', 0, -1, 'capacity'];
  const { state } = applyDecision(index, began, decision, now);
  const measured = (count: number) => measureDurations(Array.from({ length: count }, duration));
  const theirs = <T extends { chain: Chain }>(all: readonly T[]): T[] => all.filter(({ chain }) => chain !== own);
  const all = free.map((_, agent) => agent);
  return {
    index,
    state,
    now,
    evidence: {
      tasks: index.outline.tasks.map(() => ({ durations: measured(30), failures: noDurations, registered: all })),
      registered: free.map((places, agent) => ({
        name: agentNames[agent] ?? '',
        places: places + Number(attempt?.agent === agent),
        durations: measured(50),
      })),
      begunAt: new Map(attempt ? [['t0', now]] : []),
      inLineSince: new Map(attempt ? [] : [['t0', now]]),
      others: {
        running: theirs(inFlight).map(({ chain, agent, beganAt }) => ({
          session: others.indexOf(chain),
          agent,
          elapsedMs: now - beganAt,
        })),
        waiting: theirs(queue).map(({ chain, since }) => ({
          session: others.indexOf(chain),
          agents: all,
          waitedMs: now - since,
        })),
        later: others.map(({ left }) => left),
      },
    },
  };
}
