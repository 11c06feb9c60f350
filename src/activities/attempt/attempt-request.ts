import type { AgentMemoryStore } from '../../contracts/ports/agent-memories';
import type { AgentSource } from '../../contracts/ports/agent-source';
import type { BegunAttempt } from '../../contracts/ports/attempt-store';
import type { ArtifactStore } from '../../contracts/ports/artifact-store';
import type { AttemptRequest, AttemptWork } from '../../contracts/ports/connector';
import type { InsightReader } from '../../contracts/ports/insight-reader';
import type { PlanStore } from '../../contracts/ports/plan-store';
import type { UpstreamReader } from '../../contracts/ports/upstream-reader';
import type { RunTaskInput } from '../../contracts/protocol/activities';
import { isRemoteConnector } from '../../domain/agents/agent';
import type { ConnectorSpec, RemoteConnector } from '../../domain/agents/agent';
import { agentType } from '../../domain/agents/agent-type';
import type { ExpressionScope } from '../../domain/expressions/expression-scope';
import { renderTemplate } from '../../domain/expressions/render-template';
import type { Json, JsonObject } from '../../domain/json';
import type { ModelOption } from '../../domain/models/model-option';
import { agentTemplates } from '../../domain/plan/agent-templates';
import type { AgentSpec, Plan, Task } from '../../domain/plan/plan';
import { withItem } from '../../domain/plan/item-scope';
import { tasksInAttempt } from '../../domain/plan/task-references';
import { taskResults } from '../../domain/plan/task-results';
import { splitRunKey } from '../../domain/session/run-key';
import { inputBytesOf } from './input-bytes';
import { withMemories } from './with-memories';
import type { RememberingAgent } from './with-memories';
import { tellInsights } from './tell-insights';

export interface RequestSources {
  agents: AgentSource;
  plans: PlanStore;
  artifacts: ArtifactStore;
  upstream: UpstreamReader;
  memories: Pick<AgentMemoryStore, 'recall'>;
  insights: InsightReader;
}

/** What an attempt is asked to do, and what its gate will see. */
export interface PreparedWork {
  work: AttemptWork;
  /** Of what the task gives its agent. */
  inputBytes: number;
  /** That its agent can be told to use. */
  models?: readonly ModelOption[];
  /** Values that must not be stored. */
  secrets: string[];
  task: Task;
  scope: ExpressionScope;
}

/** With its agent as a connector needs it. */
export interface PreparedAttempt extends PreparedWork {
  request: AttemptRequest;
}

/** Renders all templates of an attempt and of its agent. Throws EXPRESSION_INVALID where one cannot be rendered. */
export async function prepareAttempt(
  sources: RequestSources,
  input: RunTaskInput,
  begun: BegunAttempt,
): Promise<PreparedAttempt> {
  const { plan } = await sources.plans.load(input.workspace, begun.planHash);
  const agent = await agentOf(sources.agents, plan, begun);
  const templates = begun.agentWorkspace === undefined ? agentTemplates(begun.agent, agent.spec) : [];
  const prepared = await prepareWork(sources, input, { ...begun, ...agent }, templates);
  const { session, workspace } = prepared.scope;
  const { secrets, models } = agent;
  // Of an attempt that no model was chosen for, because it joined the line before its agent had several.
  const { model = models?.[0]?.name ?? '' } = prepared.work;
  const ofAgent = secrets ? { inputs: {}, tasks: {}, session, workspace, secrets, model } : prepared.scope;
  const request = {
    ...prepared.work,
    agent: renderAgent(agent.spec, ofAgent),
    ...(agent.type !== undefined && { agentType: agent.type }),
  };
  return { ...prepared, request, secrets: Object.values(secrets ?? {}), ...(models && { models }) };
}

/** The same for an agent that comes for its work: it has no settings, and knows no secrets. */
export async function prepareRemoteWork(
  sources: RequestSources,
  input: RunTaskInput,
  begun: BegunAttempt & { agentWorkspace: string },
): Promise<PreparedWork> {
  const key = { workspace: begun.agentWorkspace, name: begun.agent };
  const { definition } = await sources.agents.resolve(key);
  const { instructions = null, remember, models } = definition;
  const prepared = await prepareWork(sources, input, { ...begun, instructions, remembering: { key, remember } }, []);
  return { ...prepared, secrets: [], ...(models && { models }) };
}

/** What the attempt is asked, with what its agent remembers and what earlier attempts showed. */
async function prepareWork(
  sources: RequestSources,
  input: RunTaskInput,
  begun: BegunAttempt & Pick<AttemptAgent, 'instructions' | 'remembering'>,
  templates: Parameters<typeof tasksInAttempt>[1],
): Promise<Omit<PreparedWork, 'secrets'>> {
  const { task, scope } = await attemptScope(sources, input, begun, templates);
  const asked = workOf(task, input, begun, scope);
  const { remembering } = begun;
  const inputBytes = inputBytesOf(asked);
  const work = remembering ? await withMemories(sources.memories, asked, task, remembering) : asked;
  return {
    task,
    scope,
    inputBytes,
    work: await tellInsights(sources.insights, input, begun, { task, work, inputBytes }),
  };
}

/** What the templates of an attempt, and the gate of its task, refer to. */
export async function attemptScope(
  sources: Pick<RequestSources, 'plans' | 'artifacts' | 'upstream'>,
  input: RunTaskInput,
  begun: Pick<BegunAttempt, 'planHash' | 'inputsHash' | 'upstream'>,
  templates: Parameters<typeof tasksInAttempt>[1] = [],
): Promise<Pick<PreparedWork, 'task' | 'scope'>> {
  const { plan } = await sources.plans.load(input.workspace, begun.planHash);
  const task = taskOfRun(plan, input.run);
  const referenced = tasksInAttempt(task, templates);
  const ofSession = await loadScope(sources, input, begun, [...new Set([...referenced, ...task.needs])], referenced);
  return { task, scope: withItem(ofSession, task, splitRunKey(input.run).item) };
}

export function taskOfRun(plan: Plan, run: string): Task {
  const { name } = splitRunKey(run);
  const task = plan.tasks[name];
  if (!task) throw new RangeError(`plan "${plan.name}" has no task "${name}"`);
  return task;
}

/** What does the attempt, and what it is told before every prompt. */
interface AttemptAgent {
  spec: AgentSpec;
  instructions: string | null;
  /** Undefined of an agent of the plan, which remembers nothing. */
  remembering?: RememberingAgent | undefined;
  /** Of an agent of the registry: its settings know nothing of the session's plan. */
  secrets?: Record<string, string>;
  models?: readonly ModelOption[] | undefined;
  type?: string;
}

async function agentOf(
  agents: AgentSource,
  plan: Plan,
  { agent, agentWorkspace, planHash }: BegunAttempt,
): Promise<AttemptAgent> {
  if (agentWorkspace !== undefined) {
    const key = { workspace: agentWorkspace, name: agent };
    const { definition, secrets } = await agents.resolve(key);
    const { connector, remember, models } = definition;
    if (isRemote(connector)) throw becameRemote(agent);
    return {
      // What it can do has been looked at when it was chosen.
      spec: { ...connector, capabilities: [], technologies: [], tags: [] },
      instructions: definition.instructions ?? null,
      remembering: { key, remember },
      secrets: Object.fromEntries(secrets),
      models,
      type: agentType(definition),
    };
  }
  const spec = plan.agents[agent];
  if (!spec) throw new RangeError(`plan ${planHash} has no agent "${agent}"`);
  return { spec, instructions: null };
}

function isRemote(connector: ConnectorSpec): connector is RemoteConnector {
  return isRemoteConnector(connector.connector);
}

function becameRemote(agent: string): Error {
  return new Error(`agent "${agent}" was changed to one that comes for its work in this moment`);
}

/** What the task gives its agent, rendered. A sub-plan that its fallback agent takes over is handed to it by its inputs. */
export function givenBy({ work }: Task, scope: ExpressionScope): { prompt: string | null; input: Json } {
  const prompt = work.kind === 'agent' ? work.prompt : undefined;
  return {
    prompt: prompt === undefined ? null : asText(renderTemplate(prompt, scope)),
    input: renderTemplate((work.kind === 'agent' ? work.input : work.inputs) ?? null, scope),
  };
}

function workOf(
  task: Task,
  input: RunTaskInput,
  begun: BegunAttempt & { instructions: string | null },
  scope: ExpressionScope,
): AttemptWork {
  return {
    workspace: input.workspace,
    session: input.session,
    task: input.run,
    attempt: input.attempt,
    idempotencyKey: `${input.workspace}/${input.session}/${input.run}`,
    agentName: begun.agent,
    instructions: begun.instructions,
    ...(begun.model !== undefined && { model: begun.model }),
    ...givenBy(task, scope),
    context: Object.fromEntries(task.needs.map((need) => [need, summary(scope, need)])),
    baseDirectory: begun.baseDirectory,
  };
}

async function loadScope(
  { artifacts, upstream }: Pick<RequestSources, 'artifacts' | 'upstream'>,
  { workspace, session }: RunTaskInput,
  begun: Pick<BegunAttempt, 'inputsHash' | 'upstream'>,
  tasks: readonly string[],
  referenced: readonly string[],
): Promise<ExpressionScope> {
  const { upstream: told = [] } = begun;
  const isTold = tasks.every((name) => told.some(({ task }) => task === name));
  const runs = isTold ? told : await upstream.runs(workspace, session, tasks);
  // Only outputs that something refers to are read: the others can be large.
  const wanted = new Set(referenced);
  const hashes = runs.flatMap(({ task, outputHash }) =>
    outputHash !== undefined && wanted.has(task) ? [outputHash] : [],
  );
  const values = await artifacts.getJson(workspace, [begun.inputsHash, ...hashes]);
  return {
    inputs: values.get(begun.inputsHash) as JsonObject,
    tasks: taskResults(runs, values),
    session: { id: session },
    workspace,
  };
}

/** The parts of an agent that may hold templates, rendered; texts stay texts. */
function renderAgent(agent: AgentSpec, scope: ExpressionScope): AgentSpec {
  const text = (value: string): string => asText(renderTemplate(value, scope));
  const texts = (values: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, text(value)]));
  switch (agent.connector) {
    case 'command':
      return {
        ...agent,
        command: agent.command.map(text),
        ...(agent.cwd !== undefined && { cwd: text(agent.cwd) }),
        env: Array.isArray(agent.env) ? agent.env : texts(agent.env),
      };
    case 'http':
    case 'a2a':
      return { ...agent, url: text(agent.url), headers: texts(agent.headers) };
    case 'transform':
      return { ...agent, output: renderTemplate(agent.output, scope) };
    case 'function':
      return agent;
    case 'simulated':
      return agent.output === undefined ? agent : { ...agent, output: renderTemplate(agent.output, scope) };
  }
}

function asText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function summary(scope: ExpressionScope, task: string): Json {
  const result = scope.tasks[task];
  return result ? { status: result.status, error: result.error } : null;
}
