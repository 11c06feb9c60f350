import { defaultEvidence } from '../../../src/domain/settings/evidence-settings';
import type { AgentDefinition } from '../../../src/domain/agents/agent';
import { createAgentActivities } from '../../../src/activities/run-task';
import { createRunningAttempts } from '../../../src/activities/attempt/running-attempts';
import type { Beginning, Settlement } from '../../../src/contracts/ports/attempt-store';
import type { AttemptContext, AttemptReport, AttemptRequest } from '../../../src/contracts/ports/connector';
import type { NumberedTurn } from '../../../src/contracts/protocol/activities';
import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import { OrchestraError } from '../../../src/domain/errors';
import type { Json } from '../../../src/domain/json';
import type { RunResult } from '../../../src/domain/plan/task-results';
import type { StoredInsight } from '../../../src/domain/learning/insights/relevant';
import type { Prices } from '../../../src/domain/usage/prices';
import { preparePlan, planDocuments } from '../../../src/main/prepare-plan';

export const input = { workspace: 'default', session: 's', run: 'work', attempt: 1, token: 7 };

const planText = (task: string): string => `
version: 1
name: test
inputs: { who: { type: string, default: you } }
agents: { ok: { connector: simulated, latency: 1ms } }
tasks:
  first: { agent: ok }
  work: { needs: [first], agent: ok, ${task} }
`;

export const succeeded: AttemptReport = {
  output: { ok: true },
  evidence: [{ kind: 'script', says: 'succeeded', detail: 'x' }],
};
export const failed: AttemptReport = {
  output: null,
  evidence: [{ kind: 'script', says: 'failed', detail: 'x' }],
  error: 'it broke',
};

/** An insight with an id whose lot tells it to this run. */
export const pitfall: StoredInsight = {
  id: 'met',
  kind: 'pitfall',
  scope: { taskType: 'work' },
  feature: { error: 'no such file: PATH' },
  says: '25% of 60 sessions with work met the error “no such file: PATH”.',
  confidence: 90,
};

export interface World {
  task?: string;
  begin?: () => Promise<Beginning>;
  settle?: (settlement: Settlement) => Promise<void>;
  /** What settles the attempt locks nothing shared, unless it is false; and the turn is taken with it so. */
  locksNothingShared?: false;
  takeTurnWith?: (settlement: Settlement) => Promise<NumberedTurn | undefined>;
  agent?: (request: AttemptRequest, context: AttemptContext) => Promise<AttemptReport>;
  artifacts?: Record<string, Json>;
  isCancelled?: boolean;
  /** What the attempt is told of the tasks it needs as it begins. */
  upstream?: RunResult[];
  /** The agent of the attempt, where the registry has it. */
  registered?: AgentDefinition;
  secrets?: Record<string, string>;
  prices?: Prices;
  /** What is known of earlier attempts in the workspace. */
  insights?: StoredInsight[];
}

/** The activity over scripted ports; an agent that must not run fails the test. */
export async function runTask({ task = 'timeout: 1h', agent, artifacts = {}, ...world }: World) {
  const { plan } = requirePlan(
    await readPlan({ file: 'test.plan.yaml', text: planText(task) }, () => Promise.reject(new Error('no file'))),
  );
  const canonical = planDocuments(plan)[0]?.canonical ?? '';
  const settlements: Settlement[] = [];
  const requests: AttemptRequest[] = [];
  const applied: string[] = [];
  const read: (readonly string[])[] = [];
  const begun: Beginning = {
    kind: 'begun',
    attempt: {
      planName: 'test',
      planHash: 'hash',
      inputsHash: 'inputs',
      baseDirectory: '/',
      agent: 'ok',
      ...(world.registered && { agentWorkspace: 'shop' }),
      leaseMs: 60_000,
      isCancelled: world.isCancelled === true,
      ...(world.locksNothingShared !== false && { locksNothingShared: true }),
      ...(world.upstream && { upstream: world.upstream }),
    },
  };
  const upstream: RunResult[] = [
    { task: 'first', item: -1, items: null, status: 'succeeded', outputHash: 'first', error: null },
  ];
  const values: Record<string, Json> = { inputs: { who: 'Ada' }, first: { n: 1 }, ...artifacts };
  const run = async (request: AttemptRequest, context: AttemptContext): Promise<AttemptReport> => {
    requests.push(request);
    if (!agent) throw new Error('the agent ran although it must not');
    return agent(request, context);
  };
  const running = createRunningAttempts({ extend: async () => [] }, { onError: () => undefined });
  const { runTask: activity } = createAgentActivities({
    attempts: {
      begin: world.begin ?? (async () => begun),
      settle: async (settlement) => {
        await world.settle?.(settlement);
        settlements.push(settlement);
      },
      extend: async () => [],
    },
    running,
    takeTurnWith: world.takeTurnWith,
    agents: {
      resolve: async ({ workspace, name }) => {
        if (workspace !== 'shop' || name !== 'ok' || !world.registered) throw new Error('nobody asked for this agent');
        return { definition: world.registered, secrets: new Map(Object.entries(world.secrets ?? {})) };
      },
    },
    connectors: { command: { run }, http: { run }, a2a: { run }, simulated: { run } },
    plans: { put: async () => undefined, load: async () => ({ hash: 'hash', ...preparePlan(canonical) }) },
    artifacts: {
      deleteExpired: async () => 0,
      getJson: async (_, hashes) =>
        new Map(
          hashes.map((hash) => {
            const value = values[hash];
            if (value === undefined) throw new OrchestraError('ARTIFACT_NOT_FOUND', `Artifact ${hash} is gone.`);
            return [hash, value];
          }),
        ),
    },
    upstream: {
      runs: async (_, __, tasks) => {
        read.push(tasks);
        return upstream.filter((row) => tasks.includes(row.task));
      },
    },
    memories: {
      recall: async () => Promise.reject(new Error('nobody asked for memories')),
      add: async () => Promise.reject(new Error('nobody told a memory')),
    },
    discoveries: { keep: async () => Promise.reject(new Error('nobody told a discovery')) },
    insights: {
      holding: async () => world.insights ?? [],
      apply: async (_, ids) => void applied.push(...ids),
    },
    remoteWork: { offer: async () => undefined },
    taskToken: () => Buffer.from('task'),
    prices: async () => world.prices ?? Promise.reject(new Error('nobody asked for prices')),
    evidence: async () => defaultEvidence,
    heartbeat: () => () => undefined,
    now: () => 5_000,
  });
  const result = await activity(input);
  expect(running.size).toBe(0);
  return { result, settlements, requests, applied, read };
}
