import type { AgentOverview, AgentRegistry } from '../../../src/contracts/ports/agent-registry';
import { definitionOf } from '../../helpers/agent-definitions';
import { startTime } from './fixtures';
import { agents, client, installation, run } from './scripted-host';
import type { Installation } from '../../../src/cli/ports';
import type { Ran } from './scripted-host';

/** An agent of the registry that is idle. */
export const overviewOf = (name: string, parts: Partial<AgentOverview> = {}): AgentOverview => ({
  ...definitionOf(name),
  workspace: 'default',
  draining: false,
  revision: 1,
  createdAt: startTime,
  updatedAt: startTime,
  running: 0,
  record: { succeeded: 0, failed: 0 },
  ...parts,
});

/** With whom every agent has worked. */
export const related = {
  tookOverFrom: [
    { agent: { workspace: 'default', name: 'planner' }, succeeded: 2, failed: 1, strength: 0.75, lastAt: 0 },
  ],
  handedOverTo: [
    { agent: { workspace: 'other', name: 'tester' }, succeeded: 0, failed: 1, strength: 0.667, lastAt: 0 },
  ],
};

const step = { capability: 'code', from: 0.5, to: 0.62, outcomes: 4, at: startTime };
const unasked = (): never => {
  throw new Error('nobody asks for that');
};
const learning = {
  query: unasked,
  feedback: unasked,
  forget: unasked,
  report: unasked,
  insights: unasked,
  forgetInsights: unasked,
  expected: async () => [
    {
      capability: 'code',
      taskType: 'bug-fix',
      success: { probability: 0.86, low: 0.71, high: 0.97, outcomes: 71 },
      durationMs: { p50: 22_000, p90: 41_000, basis: 'same-task-and-agent' as const },
    },
  ],
  steps: async () => [step, { ...step, from: 0.4, to: 0.5 }],
};
const events = [
  { nr: 1, at: startTime, kind: 'breaker-opened' as const, why: '5 attempts failed in a row' },
  { nr: 1, at: startTime - 1_000, kind: 'online' as const, why: null },
];
/** What was done to circuit breakers. */
export const handled: unknown[] = [];
const breakers = {
  quarantine: async (...given: unknown[]) => void handled.push(given),
  reset: async (...given: unknown[]) => void handled.push(given),
  events: async () => events,
};

/** `orchestra agents …` with a registry that answers as scripted. */
export const runWith = (
  args: string[],
  script: Partial<AgentRegistry>,
  files: Record<string, string> = {},
  more: Partial<Installation> = {},
  now?: () => number,
): Promise<Ran> =>
  run(['agents', ...args], {
    files,
    ...(now && { now }),
    folder: {
      openRunning: async () =>
        installation({
          agents: agents(script),
          relationships: { of: async () => related },
          client: client({ learning }),
          breakers,
          behaviours: { unusual: async () => [{ since: startTime, why: 'fails more than it did' }] },
          ...more,
        }),
    },
  });
