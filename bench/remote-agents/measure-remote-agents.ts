import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { readPlan, requirePlan } from '../../src/contracts/schemas/read-plan';
import { createAgentToken } from '../../src/main/agent-tokens';
import type { LocalInstallation } from '../../src/main/local';
import { planDocuments } from '../../src/main/prepare-plan';
import type { AgentsToServe } from './agents-process';
import { memoryOf, memoryOfServers } from '../process-memory';

/** Many agents that come for their work, with one task each in flight at once. */
export interface RemoteAgentsRun {
  agents: number;
  sessions: number;
  /** Attempts in flight at once, at most. */
  mostInFlight: number;
  succeeded: number;
  /** Attempts beyond one a task: lost, failed, or withdrawn. */
  others: number;
  /** From the start of the sessions until all agents have their task. */
  allInFlightAfterMs: number;
  /** From then on, when all may end, until all sessions have. */
  allEndedAfterMs: number;
  /** MiB by process, while all are in flight. */
  memoryMiB: Record<string, number>;
}

const workspace = 'default';
const sessions = 20;
const agentProcesses = 4;
const hook = join(__dirname, '..', '..', 'scripts', 'typescript-hook.cjs');

export async function measureRemoteAgents(
  installation: LocalInstallation,
  dataDirectory: string,
  agents: number,
  { say, signal }: { say: (message: string) => void; signal: AbortSignal },
): Promise<RemoteAgentsRun> {
  const served = await register(installation, agents);
  say(`${agents} remote agents are registered`);
  const api = await startApiProcess(dataDirectory);
  const children = startAgentProcesses(api.url, served);
  try {
    await until(signal, async () => (await countOf(installation, onlineAgents)) === agents);
    say('all are online');
    const startedAt = performance.now();
    const handles = await Promise.all(
      Array.from({ length: sessions }, (_, at) => startSession(installation, at, agents / sessions)),
    );
    let mostInFlight = 0;
    await until(signal, async () => {
      mostInFlight = Math.max(mostInFlight, await countOf(installation, inFlight));
      return mostInFlight === agents;
    });
    const allInFlightAfterMs = performance.now() - startedAt;
    say('all have their task in flight');
    const memoryMiB = {
      'session and agent worker, with the bench': memoryOf(process.pid),
      api: memoryOf(api.child.pid ?? 0),
      ...Object.fromEntries(
        children.map(({ pid }, at) => [`${agents / agentProcesses} agents, process ${at + 1}`, memoryOf(pid ?? 0)]),
      ),
      ...memoryOfServers(dataDirectory),
    };
    const releasedAt = performance.now();
    for (const child of children) child.send('release');
    const ends = await Promise.race([Promise.all(handles.map((handle) => handle.result())), rejected(signal)]);
    const allEndedAfterMs = performance.now() - releasedAt;
    const failed = ends.filter(({ status }) => status !== 'succeeded');
    if (failed.length > 0) throw new Error(`${failed.length} of ${sessions} sessions did not succeed`);
    const succeeded = await countOf(installation, successes);
    const others = (await countOf(installation, attempts)) - succeeded;
    return { agents, sessions, mostInFlight, succeeded, others, allInFlightAfterMs, allEndedAfterMs, memoryMiB };
  } finally {
    for (const child of children) child.kill();
    // Ctrl-C has ended it before.
    if (api.child.exitCode === null && api.child.signalCode === null) {
      api.child.kill();
      await once(api.child, 'exit');
    }
  }
}

async function register(installation: LocalInstallation, agents: number): Promise<AgentsToServe['agents']> {
  const names = Array.from({ length: agents }, (_, at) => `remote-${at}`);
  await installation.agents.add(
    workspace,
    names.map((name, at) => ({
      name,
      connector: { connector: 'remote' },
      capabilities: [{ name: `remote.${at % sessions}`, proficiency: 1, technologies: [] }],
      tags: [],
      maxConcurrent: 1,
      cost: {},
      shared: false,
    })),
  );
  const withTokens: AgentsToServe['agents'] = [];
  for (const name of names) {
    const { token } = await createAgentToken(installation.agentTokens, { workspace, name }, null);
    withTokens.push({ name, token });
  }
  return withTokens;
}

async function startApiProcess(dataDirectory: string): Promise<{ child: ChildProcess; url: string }> {
  const port = 20_000 + (process.pid % 10_000);
  const child = fork(join(__dirname, '..', '..', 'bin', 'orchestra.js'), ['api', '--port', String(port)], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ORCHESTRA_DATA: dataDirectory },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (child.stdout) await once(child.stdout, 'data');
  return { child, url: `http://127.0.0.1:${port}` };
}

function startAgentProcesses(url: string, agents: AgentsToServe['agents']): ChildProcess[] {
  const share = Math.ceil(agents.length / agentProcesses);
  return Array.from({ length: agentProcesses }, (_, at) => {
    const child = fork(join(__dirname, 'agents-process.ts'), { execArgv: ['--require', hook] });
    child.send({ url, agents: agents.slice(at * share, (at + 1) * share) } satisfies AgentsToServe);
    return child;
  });
}

async function startSession({ client }: LocalInstallation, at: number, tasks: number) {
  const text = `version: 1
name: remote-agents
concurrency: ${Math.min(1_000, tasks)}
inputs: { items: { type: array } }
tasks: { work: { agent: { capability: remote.${at} }, forEach: "\${{ inputs.items }}", timeout: 1h } }
`;
  const noFiles = (path: string): Promise<string> => Promise.reject(new Error(`no file ${path}`));
  const { plan, hash } = requirePlan(await readPlan({ file: 'bench.plan.yaml', text }, noFiles));
  const inputs = { items: Array.from({ length: tasks }, (_, item) => item) };
  return client.start({ plan, hash, documents: planDocuments(plan), baseDirectory: '/', inputs });
}

const ofRemote = `agent_workspace = '${workspace}' AND agent LIKE 'remote-%'`;
const onlineAgents = `SELECT count(*) AS n FROM agent_presence WHERE is_online AND agent LIKE 'remote-%'`;
const inFlight = `SELECT count(*) AS n FROM leases WHERE ${ofRemote} AND begun_at IS NOT NULL AND released_at IS NULL`;
const attempts = `SELECT count(*) AS n FROM leases WHERE ${ofRemote}`;
const successes = `SELECT count(*) AS n FROM outcomes WHERE ${ofRemote} AND verdict = 'succeeded' AND attempt = 1`;

/** On a connection of its own: those of the workers may all be busy. */
async function countOf({ addresses }: LocalInstallation, query: string): Promise<number> {
  const client = new Client({ connectionString: addresses.databaseUrl });
  try {
    await client.connect();
    const { rows } = await client.query<{ n: string }>(query);
    return Number(rows[0]?.n ?? 0);
  } finally {
    await client.end();
  }
}

/** Nothing tells a bench of what it counts. */
async function until(signal: AbortSignal, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20 * 60_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('the remote agents took longer than 20 minutes');
    await delay(1_000, undefined, { signal });
  }
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const interrupt = (): void => reject(new Error('interrupted'));
    if (signal.aborted) interrupt();
    else signal.addEventListener('abort', interrupt);
  });
}
