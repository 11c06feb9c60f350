import type { Example } from '../../../../src/domain/learning/insights/example';
import { hypothesesOf, insightsOf } from '../../../../src/domain/learning/insights/mine';
import type { Insight } from '../../../../src/domain/learning/insights/insight';
import { createRandom } from '../../../../src/domain/random';

/** What one attempt is to be; a test plants its pattern here. */
export interface Draw {
  random: () => number;
  session: number;
  task: string;
  agent: string;
  technology: string;
  input: number;
  attempt: number;
  from: string;
  model: string;
  tools: string[];
  file: string;
}

export interface Fate {
  success: number;
  errorClass: string;
  durationMs: number;
  costUsd: number;
  messages: number;
  waitedMs: number;
  timesOut: boolean;
}

export const tasks = ['plan', 'write', 'test'];
const agents = ['default/ada', 'default/bob', 'default/cyd'];
const technologies = ['python', 'go', 'rust'];
const errors = 'abcdefghijkl'.split('').map((letter) => `error ${letter}`);

const pick = <T>(random: () => number, values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

/** Standard normal, by Box and Muller. */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const logNormal = (random: () => number, median: number, spread: number): number =>
  median * Math.exp(spread * normal(random));

/** The same for all: nothing makes a difference. */
export function chance({ random }: Draw): Fate {
  return {
    success: 0.7,
    errorClass: pick(random, errors),
    durationMs: logNormal(random, 20_000, 0.8),
    costUsd: logNormal(random, 0.02, 0.5),
    messages: 20,
    waitedMs: 500,
    timesOut: false,
  };
}

const timeoutMs = 600_000;

/** Sessions of one plan, three tasks in a row, each tried up to three times. */
export function simulate(
  seed: number | string,
  sessions: number,
  plant: (draw: Draw) => Partial<Fate> = () => ({}),
): Example[] {
  const random = createRandom('insights', seed);
  // Of its own: what agents do is no luck of what they come to.
  const ways = createRandom('ways of working', seed);
  const examples: Example[] = [];
  for (let session = 0; session < sessions; session++) {
    let at = session * 3_600_000;
    let from = '';
    const input = 10 ** (2 + 4 * random());
    for (const task of tasks) {
      const technology = pick(random, technologies);
      let before = from;
      for (let attempt = 1; attempt <= 3; attempt++) {
        const work = {
          model: pick(ways, ['small', 'large']),
          tools: Array.from({ length: 4 }, () => pick(ways, ['read', 'edit', 'test'])),
          file: pick(ways, ['src/a.ts', 'src/b.ts', 'README.md']),
        };
        const draw = { random, session, task, agent: pick(random, agents), technology, input, attempt, from, ...work };
        const fate = { ...chance(draw), ...plant(draw) };
        const succeeded = !fate.timesOut && random() < fate.success;
        const durationMs = fate.timesOut ? timeoutMs : Math.min(fate.durationMs, timeoutMs);
        const startedAt = at + fate.waitedMs;
        at = startedAt + durationMs;
        examples.push({
          session: `s${session}`,
          run: task,
          attempt,
          agent: draw.agent,
          capability: 'code',
          taskType: task,
          technologies: [technology],
          plan: 'release',
          task,
          inputBytes: input,
          succeeded,
          timedOut: fate.timesOut,
          success: succeeded ? 1 : 0,
          ...(!succeeded && { errorClass: fate.timesOut ? 'The attempt ran into its timeout.' : fate.errorClass }),
          startedAt,
          endedAt: at,
          durationMs,
          costUsd: fate.costUsd,
          tokens: Math.round(fate.costUsd * 100_000),
          model: work.model,
          tools: work.tools,
          filesChanged: [work.file],
          messages: Math.round(fate.messages * (0.5 + ways())),
          timeoutMs,
          wentOnFrom: from === '' ? [] : [from],
          waitedMs: attempt === 1 ? fate.waitedMs : null,
          applied: [],
        });
        before = draw.agent;
        if (succeeded) break;
      }
      from = before;
    }
  }
  return examples;
}

export const mine = (examples: readonly Example[]): Insight[] => insightsOf([...hypothesesOf(examples)]);
