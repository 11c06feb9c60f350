import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { AgentDefinition } from '../../domain/agents/agent';
import { formatDuration, parseDuration } from '../../domain/duration';
import { OrchestraError } from '../../domain/errors';
import { namePattern } from '../../domain/plan/names';
import { readAgentFiles } from '../agents/read-agent-files';
import { exitCodes } from '../exit-codes';
import { withInterrupts } from '../interrupts';
import { nothingRuns } from '../open-for-run';
import type { CommandLineHost, DataFolder, RunningHost } from '../ports';
import type { CommandContext } from './command';
import { withExamples } from './command';
import { parseCount } from './parse-count';

interface HostCommandOptions {
  agents: string[];
  name?: string;
  capacity: number;
  drainTimeout: number;
}

const ownerCheckMs = 2_000;

export function addHostCommand(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const command = program
    .command('host')
    .description('run agents that live on this machine: they work wherever sessions need them')
    .requiredOption('--agents <dir...>', 'agent files (.md, .yaml, .json) and folders of them')
    .option('--name <name>', 'what the host is called; default: the name of this machine', parseName)
    .option('--capacity <count>', 'attempts at once, of all its agents', parseCount, 10)
    .addOption(
      new Option('--drain-timeout <duration>', 'how long attempts may go on after a Ctrl-C or SIGTERM')
        .argParser(parseTimeout)
        .default(5 * 60_000, '5m'),
    )
    .action(action((options: HostCommandOptions) => runHost(host, openDataFolder(), options)));
  withExamples(command, [
    'orchestra host --agents agents/',
    'ORCHESTRA_TEMPORAL_ADDRESS=temporal:7233 DATABASE_URL=postgres://… orchestra host --agents agents/ --name build-7 --capacity 4',
  ]);
}

async function runHost(
  host: CommandLineHost,
  folder: DataFolder,
  { agents: paths, name = nameOf(host.machineName), capacity, drainTimeout }: HostCommandOptions,
): Promise<number> {
  const agents = (await readAgentFiles(host, paths)).map((agent) => livingHere(host, agent));
  const report = (message: string): void => void host.stderr.write(`${message}\n`);
  return withInterrupts(host, async ({ signal }) => {
    const installation = await folder.openRunning(report);
    if (!installation) throw nothingRuns(folder);
    try {
      const running = await installation.startHost({ name, maxConcurrent: capacity, agents });
      const names = agents.map((agent) => agent.name).join(', ');
      await host.stdout.write(`Host ${name} runs ${names}: ${attempts(capacity)} at once. Ctrl-C stops it.\n`);
      await untilEnd(running, signal, () => installation.isOwnerGone());
      await drain(running, drainTimeout, report);
    } finally {
      await installation.close();
    }
    return exitCodes.succeeded;
  });
}

/** Throws where the host cannot go on. */
async function untilEnd(running: RunningHost, signal: AbortSignal, isOwnerGone: () => boolean): Promise<void> {
  const end = AbortSignal.any([signal, running.ended]);
  while (!end.aborted) {
    await delay(ownerCheckMs, undefined, { signal: end }).catch(() => undefined);
    if (!end.aborted && isOwnerGone()) {
      throw new OrchestraError('SERVER_UNAVAILABLE', 'The servers have stopped, so this host ends as well.');
    }
  }
  running.ended.throwIfAborted();
}

async function drain(running: RunningHost, timeoutMs: number, report: (message: string) => void): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs);
  report(
    `Takes no new work; attempts in flight may go on for ${formatDuration(timeoutMs)}. Ctrl-C again ends them now.`,
  );
  const left = await Promise.race([running.drain(timeout), once(running.ended, 'abort').then(() => 0)]);
  if (left > 0) report(`Stopping ${attempts(left)} in flight, to be tried again elsewhere.`);
}

/** Programs of agents run in the folder that the host was started in, unless they say otherwise; that of the plan may be on another machine. */
function livingHere({ currentDirectory }: CommandLineHost, agent: AgentDefinition): AgentDefinition {
  const { connector } = agent;
  if (connector.connector !== 'command' || connector.cwd?.includes('${{')) return agent;
  return { ...agent, connector: { ...connector, cwd: resolve(currentDirectory, connector.cwd ?? '') } };
}

function nameOf(machine: string): string {
  return machine.replace(/[^A-Za-z0-9_.-]+/g, '-').slice(0, 63) || 'host';
}

function attempts(count: number): string {
  return count === 1 ? '1 attempt' : `${count} attempts`;
}

function parseName(text: string): string {
  if (namePattern.test(text)) return text;
  throw new InvalidArgumentError('A name has letters, digits, "-", "_" and ".", at most 63.');
}

function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('A duration is a number with a unit: 30s, 5m, 1h.');
  return ms;
}
