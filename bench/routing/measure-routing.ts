import { randomUUID } from 'node:crypto';
import { createSessionActivities } from '../../src/activities/commit-turn';
import { eventIds } from '../../src/contracts/protocol/ids';
import { readPlan, requirePlan } from '../../src/contracts/schemas/read-plan';
import type { AgentDefinition } from '../../src/domain/agents/agent';
import type { LocalInstallation } from '../../src/main/local';
import { planDocuments } from '../../src/main/prepare-plan';
import { createAgentDirectory } from '../../src/stores/agent-directory';
import { createSessionCatalog } from '../../src/stores/sessions';
import { inWorkspace } from '../../src/stores/scope';
import { createTurnStore } from '../../src/stores/turns';
import { summarize } from '../statistics';
import type { Summary } from '../statistics';
import { assigning, searching } from './routings';
import type { RoutingTarget } from './routings';

export interface Routing extends RoutingTarget {
  measuredMs: Summary;
  referenceMs: Summary;
  meetsTarget: boolean;
}

const agents = 10_000;
const warmUps = 50;
const capabilities = 5;
const workspace = 'bench-routing';

/** Turns that assign 100 tasks, and searches, among 10,000 registered agents. */
export async function measureRouting(installation: LocalInstallation, repetitions: number): Promise<Routing[]> {
  await installation.agents.add(
    workspace,
    Array.from({ length: agents }, (_, at) => definition(at)),
  );
  const directory = createAgentDirectory(installation.pool);
  const turn = turnTimer(installation, directory);
  const search = async (query: string): Promise<number> =>
    timed(() => installation.agents.list(workspace, { query, limit: 20 }));
  const plain = (): Promise<number> =>
    timed(() =>
      inWorkspace(installation.pool, workspace).query(
        'SELECT definition FROM agents WHERE workspace = $1 AND name = $2',
        [workspace, 'agent-7'],
      ),
    );
  const fromRegistry = planText('{ capability: skill.ITEM }', '');
  const ofThePlan = planText('own', 'agents: { own: { connector: simulated } }');
  return [
    await compare(
      assigning,
      repetitions,
      () => turn(fromRegistry),
      () => turn(ofThePlan),
    ),
    await compare(searching, repetitions, () => search('number 99'), plain),
  ];
}

async function compare(
  target: RoutingTarget,
  repetitions: number,
  measure: () => Promise<number>,
  measureReference: () => Promise<number>,
): Promise<Routing> {
  const measured: number[] = [];
  const plain: number[] = [];
  // Code and caches are warm in a worker that runs for weeks.
  for (let warmUp = 0; warmUp < warmUps; warmUp++) await Promise.all([measure(), measureReference()]);
  for (let repetition = 0; repetition < repetitions; repetition++) {
    plain.push(await measureReference());
    measured.push(await measure());
  }
  const measuredMs = summarize(measured);
  return {
    ...target,
    measuredMs,
    referenceMs: summarize(plain),
    meetsTarget: measuredMs.median <= target.targetMs,
  };
}

/** Commits the first turn of a session, as the workflow would, and ends it afterwards. */
function turnTimer(installation: LocalInstallation, directory: ReturnType<typeof createAgentDirectory>) {
  const { turnPool, plans, artifacts, pool } = installation;
  const catalog = createSessionCatalog(pool, { artifacts, retentionDays: 30 });
  const activities = createSessionActivities({
    turns: createTurnStore(turnPool, { retentionDays: 30 }),
    plans,
    artifacts,
    directory,
    tellParent: () => undefined,
  });
  return async (text: string): Promise<number> => {
    const { plan, hash } = requirePlan(await readPlan({ file: 'bench.plan.yaml', text }, noFiles));
    await plans.put(workspace, planDocuments(plan));
    const session = randomUUID();
    await catalog.add({
      workspace,
      id: session,
      planName: plan.name,
      planHash: hash,
      inputs: {},
      baseDirectory: '/',
      mode: 'full_autonomous',
      settings: {
        taskQueue: 'none',
        leaseMs: 60_000,
        grantMs: 60_000,
        searchAttributes: false,
        continueAfterEvents: 2_500,
      },
      progress: {
        status: 'running',
        total: 100,
        succeeded: 0,
        failed: 0,
        skipped: 0,
        cancelled: 0,
        running: 0,
        percent: 0,
      },
    });
    const request = {
      workspace,
      session,
      runId: randomUUID(),
      turn: 1,
      firstOfRun: true,
      events: [{ id: eventIds.started, type: 'session-started' as const }],
    };
    const tookMs = await timed(async () => {
      const { decisions } = await activities.commitTurn(request);
      const started = decisions.filter(([kind]) => kind === 'start').length;
      if (started !== 100) throw new Error(`the turn started ${started} of 100 tasks`);
    });
    const released = await inWorkspace(pool, workspace).query(
      'UPDATE leases SET released_at = now() WHERE workspace = $1 AND session = $2 AND released_at IS NULL',
      [workspace, session],
    );
    if (released.rowCount !== 100) throw new Error(`${released.rowCount} of 100 leases ended`);
    return tookMs;
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function definition(at: number): AgentDefinition {
  return {
    name: `agent-${at}`,
    description: `Number ${at} of many that do things of all kinds`,
    connector: { connector: 'simulated', latency: { kind: 'fixed', ms: 0 }, successRate: 1 },
    capabilities: [
      { name: `skill.${at % capabilities}`, proficiency: (at % 97) / 97, technologies: [`tech-${at % 7}`] },
    ],
    tags: [`team-${at % 20}`],
    maxConcurrent: 1 + (at % 4),
    cost: {},
    shared: false,
  };
}

function planText(agent: string, more: string): string {
  const tasks = Array.from(
    { length: 100 },
    (_, at) => `  t${at}: { agent: ${agent.replace('ITEM', String(at % capabilities))} }`,
  );
  return `version: 1\nname: bench\nconcurrency: 100\n${more}\ntasks:\n${tasks.join('\n')}\n`;
}

function noFiles(path: string): Promise<string> {
  return Promise.reject(new Error(`no file ${path}`));
}
