import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalInstallation } from '../src/main/local';
import { measureApi } from './api/measure-api';
import { compare } from './echo/compare';
import type { Comparison } from './echo/compare';
import type { Contender } from './echo/contender';
import { leastContender, projectContender, rawContender } from './echo/contenders';
import { measureGrowth } from './echo/growth';
import type { Growth } from './echo/growth';
import { scenarios } from './echo/scenarios';
import type { EchoWork } from './echo/scenarios';
import { describeMachine } from './machine';
import { measureLearning } from './learning-worker/measure-learning';
import { measureMakespan } from './makespan/measure-makespan';
import type { Makespan } from './makespan/measure-makespan';
import { makespanShapes } from './makespan/shapes';
import { parseOptions, usage } from './options';
import type { BenchOptions } from './options';
import { measureRemoteAgents } from './remote-agents/measure-remote-agents';
import { measureRouting } from './routing/measure-routing';
import type { Routing } from './routing/measure-routing';
import { startRawWorker } from './raw/start-raw-worker';
import { formatReport } from './report';
import { withInstallation } from './with-installation';

const say = (message: string): void => void process.stderr.write(`${message}\n`);

/** Embedded servers of its own in an empty folder, and all workers in this process. */
async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return void process.stdout.write(`${usage}\n`);
  await withInstallation(
    // Ten thousand agents on one machine say only so often that they live.
    options.remoteAgents > 0 ? { ORCHESTRA_LEASE_MS: '60000' } : {},
    say,
    ({ installation, dataDirectory, signal }) => measureAll(installation, dataDirectory, options, signal),
  );
}

/** Rejects when it is interrupted; what is under way goes down with the workers. */
async function measureAll(
  installation: LocalInstallation,
  dataDirectory: string,
  options: BenchOptions,
  signal: AbortSignal,
): Promise<void> {
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('interrupted')));
  });
  // It may come while nothing waits for it; the next race will tell.
  interrupted.catch(() => undefined);
  const comparisons = await measureEcho(installation, options, interrupted);
  const growths = await Promise.race([measureGrowths(installation, dataDirectory, options), interrupted]);
  const makespans = await Promise.race([measureMakespans(installation, options), interrupted]);
  const routings = await Promise.race([measureRoutings(installation, options), interrupted]);
  const remoteAgents =
    options.remoteAgents === 0
      ? undefined
      : // It ends the processes that it has started, and ends by itself when it is interrupted.
        await measureRemoteAgents(installation, dataDirectory, options.remoteAgents, { say, signal });
  const learning =
    options.learningOutcomes === 0
      ? undefined
      : await Promise.race([measureLearning(installation, options.learningOutcomes), interrupted]);
  // Last: it leaves sessions behind that nobody works for.
  const api =
    options.apiRepetitions === 0
      ? []
      : await Promise.race([measureApi(installation, dataDirectory, options.apiRepetitions, say), interrupted]);
  process.stdout.write(`${formatReport({ comparisons, growths, makespans, routings, api, remoteAgents, learning })}\n`);
  const date = new Date().toISOString().slice(0, 10);
  const out = options.out ?? join(__dirname, 'results', `${date}.json`);
  const results = {
    date,
    seed: options.seed,
    machine: await describeMachine(installation),
    comparisons,
    ...(growths.length > 0 && { growths }),
    makespans,
    routings,
    ...(api.length > 0 && { api }),
    ...(remoteAgents && { remoteAgents }),
    ...(learning && { learning }),
  };
  await writeFile(out, `${JSON.stringify(results, null, 2)}\n`);
  say(`written: ${out}`);
}

async function measureEcho(
  installation: LocalInstallation,
  { repetitions, only }: BenchOptions,
  interrupted: Promise<never>,
): Promise<Comparison[]> {
  if (repetitions === 0) return [];
  const compareAll = async (): Promise<Comparison[]> => {
    const comparisons: Comparison[] = [];
    for (const scenario of scenarios.filter(({ name }) => name.includes(only))) {
      const project = await projectContender(installation, scenario.work);
      const raw = rawContender(installation, scenario.work);
      const others = scenario.work.inline ? await besideInline(installation, scenario.work) : [];
      comparisons.push(await compare(scenario, { project, raw, others }, repetitions, say));
      for (const { close } of others) await close?.();
    }
    return comparisons;
  };
  return withRawWorker(installation, () => Promise.race([compareAll(), interrupted]));
}

/** The worker of raw Temporal runs no longer than it is measured. */
async function withRawWorker<T>(installation: LocalInstallation, work: () => Promise<T>): Promise<T> {
  const rawWorker = await startRawWorker(installation);
  try {
    return await work();
  } finally {
    await rawWorker.stop();
  }
}

/** What does the same, or less, without activities. */
async function besideInline(installation: LocalInstallation, work: EchoWork): Promise<Contender[]> {
  return [rawContender(installation, { ...work, local: true }), await leastContender(installation, work)];
}

async function measureMakespans(
  installation: LocalInstallation,
  { makespanRepetitions, only, seed }: BenchOptions,
): Promise<Makespan[]> {
  if (makespanRepetitions === 0) return [];
  const makespans: Makespan[] = [];
  for (const shape of makespanShapes(seed).filter(({ name }) => name.includes(only))) {
    const makespan = await measureMakespan(installation, shape, makespanRepetitions);
    say(`${shape.name}: ${makespan.ratio.toFixed(3)}`);
    makespans.push(makespan);
  }
  return makespans;
}

async function measureGrowths(
  installation: LocalInstallation,
  dataDirectory: string,
  { growthRepetitions }: BenchOptions,
): Promise<Growth[]> {
  if (growthRepetitions === 0) return [];
  return withRawWorker(installation, () => measureGrowth(installation, dataDirectory, growthRepetitions, say));
}

async function measureRoutings(
  installation: LocalInstallation,
  { routingRepetitions }: BenchOptions,
): Promise<Routing[]> {
  return routingRepetitions === 0 ? [] : measureRouting(installation, routingRepetitions);
}

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
