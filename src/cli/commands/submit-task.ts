import { checkSessionId } from '../../client/check-session-id';
import { readPlan } from '../../contracts/schemas/read-plan';
import { bareMessage } from '../../contracts/schemas/source-position';
import type { SourceIssue } from '../../contracts/schemas/source-position';
import { OrchestraError } from '../../domain/errors';
import type { Json, JsonObject } from '../../domain/json';
import type { PlanPath } from '../../domain/plan/issue';
import { singleTaskPlan } from '../../domain/plan/single-task';
import { exitCodes } from '../exit-codes';
import { readNamedFileSync } from '../named-files';
import type { CommandLineHost, DataFolder } from '../ports';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

export interface SubmitOptions {
  type: string;
  prompt?: string;
  agent?: string;
  capability?: string;
  technology: string[];
  tag: string[];
  input?: string;
  priority?: number;
  timeout?: string;
  attempts?: number;
  budgetUsd?: number;
  id?: string;
  output: OutputFormat;
}

export async function submitTask(host: CommandLineHost, folder: DataFolder, options: SubmitOptions): Promise<number> {
  const { prompt, input, id } = options;
  if (id !== undefined) checkSessionId(id);
  const { plan: written, inputs } = singleTaskPlan({
    type: options.type,
    ...(prompt !== undefined && { prompt: textOf(host, prompt) }),
    ...(input !== undefined && { input: jsonOf(textOf(host, input)) }),
    settings: settingsOf(options),
  });
  const text = JSON.stringify(written);
  const noFiles = (): Promise<string> => Promise.reject(new Error('a task has no files'));
  const reading = await readPlan({ file: 'task', text }, noFiles);
  if (!reading.plan) throw taskInvalid(reading.issues);
  const { plan, hash, needs } = reading;
  return withInstallation(host, folder, async (installation) => {
    const session = await installation.client.start({
      plan,
      hash,
      documents: installation.planDocuments(plan),
      baseDirectory: host.currentDirectory,
      inputs,
      needs: needs.map(({ choice }) => ({ place: 'name' in choice ? '--agent' : '--capability', choice })),
      ...(id !== undefined && { id }),
    });
    if ((await session.overview()).firstPlanHash !== hash) {
      throw new OrchestraError('COMMAND_REFUSED', `The id "${session.id}" belongs to another task. Choose another id.`);
    }
    if (options.output === 'json') await printJson(host, { id: session.id, type: options.type });
    else await host.stdout.write(`${session.id}\n`);
    return exitCodes.succeeded;
  });
}

function settingsOf({ agent, capability, technology, tag, ...options }: SubmitOptions): JsonObject {
  if ((agent === undefined) === (capability === undefined)) {
    throw new OrchestraError('USAGE', 'Say who does it: either --agent with a name, or --capability.');
  }
  if (agent !== undefined && technology.length + tag.length > 0) {
    throw new OrchestraError(
      'USAGE',
      '--technology and --tag go with --capability: an agent that is named is taken as it is.',
    );
  }
  const requirement: JsonObject = { capability: capability ?? '', technologies: technology, tags: tag };
  return {
    agent: agent ?? requirement,
    ...(options.priority !== undefined && { priority: options.priority }),
    ...(options.timeout !== undefined && { timeout: options.timeout }),
    ...(options.attempts !== undefined && { retry: { attempts: options.attempts } }),
    ...(options.budgetUsd !== undefined && { budget: { costUsd: options.budgetUsd } }),
  };
}

function taskInvalid(issues: readonly SourceIssue[]): OrchestraError {
  // The type is the name of the plan as well.
  const lines = new Set(issues.map((issue) => `${optionOf(issue.path ?? [])}: ${bareMessage(issue)}`));
  return new OrchestraError('PLAN_INVALID', `The task cannot be done:\n${[...lines].join('\n')}`);
}

/** By which option somebody wrote what has this path in the plan. */
function optionOf(path: PlanPath): string {
  const [root, ...below] = path;
  const ofInput = root === 'inputs' ? below : ['type'];
  const [key, part] = root === 'tasks' ? below.slice(1) : ofInput;
  const name = String(key === 'agent' ? (part ?? key) : key);
  const options: Record<string, string> = {
    technologies: 'technology',
    tags: 'tag',
    retry: 'attempts',
    budget: 'budget-usd',
  };
  return `--${options[name] ?? name}`;
}

/** `@path` takes a text from a file; `@@` begins one that begins with `@`. */
function textOf(host: CommandLineHost, given: string): string {
  if (given.startsWith('@@')) return given.slice(1);
  return given.startsWith('@') ? readNamedFileSync(host, given.slice(1)) : given;
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new OrchestraError('USAGE', `--input is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
