import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../src/main/configuration';
import { startLocal } from '../src/main/local';
import type { LocalInstallation } from '../src/main/local';
import { compare } from './echo/compare';
import type { Comparison } from './echo/compare';
import { projectContender, rawContender } from './echo/contenders';
import { scenarios } from './echo/scenarios';
import { describeMachine } from './machine';
import { measureMakespan } from './makespan/measure-makespan';
import type { Makespan } from './makespan/measure-makespan';
import { makespanShapes } from './makespan/shapes';
import { parseOptions, usage } from './options';
import type { BenchOptions } from './options';
import { startRawWorker } from './raw/start-raw-worker';
import { formatReport } from './report';

const say = (message: string): void => void process.stderr.write(`${message}\n`);

/** Embedded servers of its own in an empty folder, and all workers in this process. */
async function main(): Promise<void> {
  if (process.argv.includes('--help')) return void process.stdout.write(`${usage}\n`);
  const options = parseOptions(process.argv.slice(2));
  const dataDirectory = await mkdtemp(join(tmpdir(), 'orchestra-bench-'));
  // PostgreSQL may run as another user than we do.
  await chmod(dataDirectory, 0o755);
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
  const { HOME, PATH, TMPDIR, ORCHESTRA_TEMPORAL_EXECUTABLE } = process.env;
  // Nothing else of the environment: what is configured for daily work must not be measured, or be measured on.
  const environment = { HOME, PATH, TMPDIR, ORCHESTRA_TEMPORAL_EXECUTABLE };
  try {
    const installation = await startLocal({
      configuration: readConfiguration(environment, dataDirectory),
      environment,
      report: say,
      signal: interruption.signal,
      roles: ['sessions', 'agents'],
    });
    try {
      await measureAll(installation, options, interruption.signal);
    } finally {
      await installation.stop();
    }
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

/** Ends early when it is interrupted: what is under way goes down with the workers. */
async function measureAll(installation: LocalInstallation, options: BenchOptions, signal: AbortSignal): Promise<void> {
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('interrupted')));
  });
  const unlessInterrupted = <T>(work: Promise<T>): Promise<T> => Promise.race([work, interrupted]);
  const { repetitions, makespanRepetitions, only, seed } = options;
  const comparisons: Comparison[] = [];
  const makespans: Makespan[] = [];
  if (repetitions > 0) {
    const rawWorker = await startRawWorker(installation);
    try {
      for (const scenario of scenarios.filter(({ name }) => name.includes(only))) {
        const project = await projectContender(installation, scenario.work);
        const raw = rawContender(installation, scenario.work);
        comparisons.push(await unlessInterrupted(compare(scenario, { project, raw }, repetitions, say)));
      }
    } finally {
      await rawWorker.stop();
    }
  }
  if (makespanRepetitions > 0) {
    for (const shape of makespanShapes(seed).filter(({ name }) => name.includes(only))) {
      const makespan = await unlessInterrupted(measureMakespan(installation, shape, makespanRepetitions));
      say(`${shape.name}: ${makespan.ratio.toFixed(3)}`);
      makespans.push(makespan);
    }
  }
  process.stdout.write(`${formatReport(comparisons, makespans)}\n`);
  const date = new Date().toISOString().slice(0, 10);
  const out = options.out ?? join(__dirname, 'results', `${date}.json`);
  const results = { date, seed, machine: await describeMachine(installation), comparisons, makespans };
  await writeFile(out, `${JSON.stringify(results, null, 2)}\n`);
  say(`written: ${out}`);
}

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
