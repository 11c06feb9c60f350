import { createRandom } from '../../src/domain/random';
import type { Outline, OutlineTask, PlanIndex } from '../../src/domain/session/outline';
import { indexOutline } from '../../src/domain/session/outline';
import { drawBeta, drawNormal } from '../../src/domain/random-variates';
import type { TrueWorld } from './play-session';

/** A plan and what is true of its tasks, which nobody is told. */
export interface Fleet {
  shape: ShapeName;
  index: PlanIndex;
  truths: Truth[];
}

interface Truth {
  mu: number;
  sigma: number;
  failureMu: number;
  succeeds: number;
  holds: number;
  /** Mean of the number of items, and how much it varies. */
  items: { mean: number; varies: boolean };
}

export const shapeNames = ['chain', 'wide', 'diamonds', 'layers', 'fan-out', 'tree'] as const;
type ShapeName = (typeof shapeNames)[number];

type Random = () => number;

/** A fleet of its own for each seed: another plan, other durations (medians of seconds to a quarter of an hour), other rates of success. */
export function drawFleet(seed: string): Fleet {
  const random = createRandom('fleet', seed);
  const shape = pick(random, shapeNames);
  const needs = needsOf(shape, random);
  const agents = range(1 + Math.floor(3 * random())).map((nth) => ({
    name: `agent${nth}`,
    ...(random() < 0.5 && { maxConcurrent: 1 + Math.floor(3 * random()) }),
  }));
  const tasks = needs.map((taskNeeds, at): OutlineTask => ({
    name: `t${at}`,
    needs: taskNeeds,
    policy: at,
    agents: [...new Set([Math.floor(agents.length * random()), Math.floor(agents.length * random())])],
    ...(random() < 0.08 && { conditional: true }),
    ...((shape === 'fan-out' ? taskNeeds.length === 1 : random() < 0.05) && { forEach: true }),
  }));
  const outline: Outline = {
    concurrency: pick(random, [2, 4, 8, 20]),
    agents,
    policies: tasks.map(() => ({
      retry: { attempts: 3, initialIntervalMs: 1_000, backoff: 2, maxIntervalMs: 60_000, jitter: 0.2 },
      onFailure: pick(random, ['fail', 'continue', 'skip-dependents'] as const),
      priority: 3,
      ...(random() < 0.2 && { maxParallel: 2 + Math.floor(4 * random()) }),
    })),
    tasks,
  };
  return { shape, index: indexOutline(outline), truths: tasks.map(() => drawTruth(random)) };
}

function drawTruth(random: Random): Truth {
  const mu = Math.log(5_000) + random() * Math.log(180);
  return {
    mu,
    sigma: 0.1 + 0.8 * random(),
    failureMu: mu + 0.5 * drawNormal(random),
    succeeds: drawBeta(random, 18, 2),
    holds: drawBeta(random, 4, 1),
    items: { mean: 2 + Math.floor(15 * random()), varies: random() < 0.5 },
  };
}

/** What happens in one session of the fleet. */
export function drawWorld({ truths }: Fleet, seed: string): TrueWorld {
  const random = createRandom('world', seed);
  const truthOf = (task: number): Truth => {
    const truth = truths[task];
    if (!truth) throw new RangeError(`the fleet has no task ${task}`);
    return truth;
  };
  return {
    attempt: ({ task }) => {
      const { mu, sigma, failureMu, succeeds } = truthOf(task);
      const ends = random() < succeeds;
      return { takesMs: Math.exp((ends ? mu : failureMu) + sigma * drawNormal(random)), succeeds: ends };
    },
    holds: (task) => random() < truthOf(task).holds,
    items: (task) => {
      const { mean, varies } = truthOf(task).items;
      return varies ? Math.max(1, Math.round(mean * Math.exp(0.4 * drawNormal(random)))) : mean;
    },
  };
}

function needsOf(shape: ShapeName, random: Random): number[][] {
  switch (shape) {
    case 'chain':
      return range(3 + Math.floor(10 * random())).map((at) => (at === 0 ? [] : [at - 1]));
    case 'wide':
      return [...range(5 + Math.floor(30 * random())).map(() => []), []];
    case 'diamonds':
      // Top, four sides, bottom; the next top follows the bottom.
      return range(6 * (1 + Math.floor(4 * random()))).map((at) => {
        const top = at - (at % 6);
        if (at % 6 === 0) return at === 0 ? [] : [at - 1];
        return at % 6 === 5 ? range(4).map((side) => top + 1 + side) : [top];
      });
    case 'layers': {
      const width = 2 + Math.floor(6 * random());
      return range(width * (2 + Math.floor(4 * random()))).map((at) =>
        at < width ? [] : [...new Set([0, 1].map(() => at - (at % width) - 1 - Math.floor(width * random())))],
      );
    }
    case 'fan-out':
      return [[], [0], [1], [0], [2, 3]];
    case 'tree':
      return range(7 + Math.floor(20 * random())).map((at) => (at === 0 ? [] : [(at - 1) >> 1]));
  }
}

const range = (length: number): number[] => Array.from({ length }, (_, nth) => nth);

function pick<T>(random: Random, options: readonly T[]): T {
  const found = options[Math.floor(random() * options.length)];
  if (found === undefined) throw new RangeError('nothing to choose from');
  return found;
}
