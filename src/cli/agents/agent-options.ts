import { Command, InvalidArgumentError, Option } from 'commander';
import { knownAgentTypes } from '../../domain/agents/agent-type';
import type { JsonObject } from '../../domain/json';
import { formatPlanPath } from '../../domain/plan/issue';
import type { PlanPath } from '../../domain/plan/issue';
import { splitWords } from './split-words';

/** A definition, or changes of one, as options. */
export interface AgentOptions {
  /** Address or file of an agent card. */
  card?: string;
  /** With a card. */
  name?: string;
  type?: string;
  connector?: string;
  command?: string[];
  url?: string;
  header?: string[];
  cwd?: string;
  env?: string[];
  description?: string;
  instructions?: string;
  remember?: string;
  capability?: string[];
  technology?: string[];
  tag?: string[];
  maxConcurrent?: string;
  rateLimit?: string;
  costPerAttempt?: string;
  costPerHour?: string;
  shared?: boolean;
}

export function addAgentOptions(command: Command): Command {
  const repeated = (flags: string, description: string): Option =>
    new Option(flags, description).argParser((value: string, before: string[] | undefined) => [
      ...(before ?? []),
      value,
    ]);
  return command
    .option(
      '--connector <name>',
      'how it is reached: command, http, a2a or simulated; or remote or function, which come for their work',
    )
    .option(
      '--type <name>',
      `what kind of agent it is: ${knownAgentTypes.join(', ')}, or any other name; default: its connector`,
    )
    .option('--card <url-or-file>', 'A2A agent card that says what it can do and where it is, or where the agent is')
    .option('--name <name>', 'with --card: its name here, instead of that on the card')
    .option('--command <words>', 'program and arguments in one text, quoted as in a shell', parseWords)
    .option('--url <url>', 'address of an http or a2a agent')
    .addOption(repeated('--header <name=value>', 'header of an http or a2a agent; may be repeated, as those below'))
    .option('--cwd <dir>', 'folder that a program runs in')
    .addOption(repeated('--env <name[=value]>', "variable to let through from the worker's environment, or to set"))
    .option('--description <text>', 'what it is for')
    .option('--instructions <text>', 'what it is told before every prompt')
    .option('--remember <count>', 'how many of its memories go before every prompt')
    .addOption(repeated('--capability <name[=proficiency]>', 'what it can do, and how well, from 0 to 1'))
    .addOption(repeated('--technology <name>', 'what it knows in all that it can do'))
    .addOption(repeated('--tag <name>', 'word to choose it by'))
    .option('--max-concurrent <count>', 'attempts in flight at once')
    .option('--rate-limit <attempts/window>', 'how many may start in a window, e.g. 100/1m; none for no limit')
    .option('--cost-per-attempt <usd>', 'expected cost of an attempt, in US dollars')
    .option('--cost-per-hour <usd>', 'expected cost of an hour of work, in US dollars')
    .option('--shared', 'other workspaces may use it')
    .option('--no-shared', 'only this workspace may use it');
}

function parseWords(line: string): string[] {
  const words = splitWords(line);
  if (!words) throw new InvalidArgumentError('A quote is not closed.');
  return words;
}

/** `--connector, --type, …`: all that can be said of an agent. */
export function agentOptionNames(): string {
  return addAgentOptions(new Command())
    .options.map(({ long }) => long)
    .join(', ');
}

/** Whether any option says something of an agent. */
export function saysAnything(options: AgentOptions): boolean {
  return Object.keys(writtenOf(options)).length > 0;
}

/** The options as parts of an agent file. */
export function writtenOf(options: AgentOptions): JsonObject {
  const { type, connector, command, url, header, cwd, env, description, instructions, remember, shared } = options;
  const { capability, technology, tag, maxConcurrent, rateLimit, costPerAttempt, costPerHour } = options;
  const cost = {
    ...(costPerAttempt !== undefined && { perAttemptUsd: numberIn(costPerAttempt) }),
    ...(costPerHour !== undefined && { perHourUsd: numberIn(costPerHour) }),
  };
  return {
    ...(type !== undefined && { type }),
    ...(connector !== undefined && { connector }),
    ...(command !== undefined && { command }),
    ...(url !== undefined && { url }),
    ...(header !== undefined && { headers: Object.fromEntries(header.map(pairIn)) }),
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && {
      env: env.some((one) => one.includes('=')) ? Object.fromEntries(env.map(pairIn)) : env,
    }),
    ...(description !== undefined && { description }),
    ...(instructions !== undefined && { instructions }),
    ...(remember !== undefined && { remember: numberIn(remember) }),
    ...(capability !== undefined && { capabilities: capability.map(capabilityIn) }),
    ...(technology !== undefined && { technologies: technology }),
    ...(tag !== undefined && { tags: tag }),
    ...(maxConcurrent !== undefined && { maxConcurrent: numberIn(maxConcurrent) }),
    ...(rateLimit !== undefined && { rateLimit }),
    ...(Object.keys(cost).length > 0 && { cost }),
    ...(shared !== undefined && { shared }),
  };
}

/** The option that a key of an agent file comes by, with the place in its value where the path goes on. */
export function optionOfPath([key = '', ...rest]: PlanPath): string {
  if (key === 'cost') return rest[0] === 'perHourUsd' ? '--cost-per-hour' : '--cost-per-attempt';
  const place = rest.length === 0 ? '' : ` ${formatPlanPath(rest)}`;
  return `${optionOfKey(String(key))}${place}`;
}

function optionOfKey(key: string): string {
  const names: Record<string, string> = {
    headers: '--header',
    capabilities: '--capability',
    technologies: '--technology',
    tags: '--tag',
    maxConcurrent: '--max-concurrent',
    rateLimit: '--rate-limit',
    name: 'NAME',
  };
  return names[key] ?? `--${key}`;
}

function pairIn(text: string): [string, string | null] {
  const at = text.indexOf('=');
  // Null is no text: the schema refuses it with its place.
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

function capabilityIn(text: string): string | JsonObject {
  const [name, proficiency] = pairIn(text);
  return proficiency === null ? name : { name, proficiency: numberIn(proficiency) };
}

/** What is no number stays a text, which the schema refuses with its place. */
function numberIn(text: string): number | string {
  return /^-?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : text;
}
