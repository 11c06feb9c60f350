import type { AgentRecord } from '../../../src/domain/agents/agent';
import type { Example } from '../../../src/domain/learning/insights/example';
import { emptyRecord, plus } from '../../../src/domain/learning/record-sums';
import { mayExplore } from '../../../src/domain/learning/explore';
import type { Evidence } from '../../../src/domain/optimise/evidence';
import type { PastAssignment } from '../../../src/domain/optimise/past-attempt';
import type { ModelOption } from '../../../src/domain/models/model-option';
import { createRandom } from '../../../src/domain/random';
import { drawNormal } from '../../../src/domain/random-variates';
import { recompute } from '../../../src/domain/routing/build-assignment';
import type { Assignment } from '../../../src/domain/routing/assignment';
import { defaultSettings } from '../../../src/domain/routing/settings';

/** What is known of an attempt before it begins; a test plants its situation here. */
export interface Draw {
  random: () => number;
  task: string;
  agent: string;
  attempt: number;
  explored: boolean;
  /** Attempts that the agent has in flight, this one included, of four. */
  running: number;
}

export interface Fate {
  success: number;
  durationMs: number;
  costUsd: number;
  waitedMs: number;
  timesOut: boolean;
  model: string | null;
}

export interface Situation {
  sessions: number;
  /** As owners declare it. */
  proficiency: Record<string, number>;
  plant: (draw: Draw) => Partial<Fate>;
  /** Share of the attempts that are said to have explored, besides those that did. */
  tried: number;
  models: Record<string, ModelOption[]>;
}

export const places = 4;
const timeoutMs = 600_000;
const tasks = ['prepare', 'write'];

/** Nothing makes a difference. */
const chance = (random: () => number): Fate => ({
  success: 0.75,
  durationMs: 20_000 * Math.exp(0.6 * drawNormal(random)),
  costUsd: 0.05 * Math.exp(0.4 * drawNormal(random)),
  waitedMs: 200,
  timesOut: false,
  model: null,
});

const ordinary: Situation = {
  sessions: 120,
  proficiency: { ada: 0.9, bob: 0.8, cyd: 0.7 },
  plant: () => ({}),
  tried: 0,
  models: {},
};

/** Sessions of one plan with two tasks, each tried twice at most, by agents that routing chooses and learns of. */
export function simulate(seed: number | string, given: Partial<Situation> = {}): Evidence {
  const { sessions, proficiency, plant, tried, models } = { ...ordinary, ...given };
  const random = createRandom('optimise', seed);
  const records = new Map<string, AgentRecord>();
  const examples: Example[] = [];
  const assignments: PastAssignment[] = [];
  for (let n = 0; n < sessions; n++) {
    const session = `s${n}`;
    let at = n * 3_600_000;
    for (const task of tasks) {
      for (let attempt = 1; attempt <= 2; attempt++) {
        const where = { session, run: task, attempt };
        const routed = route(seed, where, task, proficiency, records, random);
        const assignment = tried > 0 && random() < tried ? explored(routed) : routed;
        const agent = assignment.agent.name;
        const running = 1 + (assignment.inputs.evaluated.find((one) => one.agent.name === agent)?.running ?? 0);
        const isExplored = assignment.explored !== undefined;
        const fate = { ...chance(random), ...plant({ random, task, agent, attempt, explored: isExplored, running }) };
        const succeeded = !fate.timesOut && random() < fate.success;
        const durationMs = fate.timesOut ? timeoutMs : fate.durationMs;
        const startedAt = at + fate.waitedMs;
        at = startedAt + durationMs;
        const key = `${task} ${agent}`;
        const outcome = { success: succeeded ? 1 : 0, durationMs, costUsd: fate.costUsd };
        records.set(key, plus(records.get(key) ?? emptyRecord, outcome, 1));
        assignments.push({ ...where, assignment });
        examples.push({
          ...where,
          agent: `w/${agent}`,
          capability: 'code',
          taskType: task,
          technologies: [],
          plan: 'release',
          task,
          inputBytes: 100,
          model: fate.model,
          tools: null,
          filesChanged: null,
          messages: null,
          succeeded,
          timedOut: fate.timesOut,
          success: outcome.success,
          startedAt,
          endedAt: at,
          durationMs,
          costUsd: fate.costUsd,
          tokens: null,
          timeoutMs,
          wentOnFrom: [],
          waitedMs: fate.waitedMs,
          applied: [],
        });
        if (succeeded) break;
      }
    }
  }
  return {
    workspace: 'w',
    examples,
    assignments,
    options: {},
    routing: defaultSettings,
    capacities: new Map(Object.keys(proficiency).map((name) => [name, places])),
    models: new Map(Object.entries(models)),
  };
}

function explored(assignment: Assignment): Assignment {
  const { inputs, agent } = assignment;
  return { ...assignment, inputs: { draw: 'drawn', ...inputs }, explored: { insteadOf: agent, successRate: 0.9 } };
}

function route(
  seed: number | string,
  where: { session: string; run: string; attempt: number },
  task: string,
  proficiency: Record<string, number>,
  records: ReadonlyMap<string, AgentRecord>,
  random: () => number,
) {
  const draw = JSON.stringify([seed, where.session, where.run, where.attempt]);
  const { exploration, ...settings } = defaultSettings;
  const names = Object.keys(proficiency);
  return recompute({
    inputs: {
      ...settings,
      exploration,
      ...(mayExplore(draw, exploration) && { draw }),
      workspace: 'w',
      requirement: { capability: 'code', technologies: [], tags: [], prefer: [], avoid: [], sameAs: [], exclude: [] },
      members: names.length,
      excluded: 0,
      evaluated: names.map((name, position) => ({
        agent: { workspace: 'w', name },
        rank: 1,
        specialisation: proficiency[name] ?? 0,
        cost: {},
        record: records.get(`${task} ${name}`) ?? emptyRecord,
        given: 0,
        position,
        running: Math.floor(random() * places),
        maxConcurrent: places,
      })),
    },
  });
}
