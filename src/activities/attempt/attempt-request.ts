import type { AgentSource } from '../../contracts/ports/agent-source';
import type { BegunAttempt } from '../../contracts/ports/attempt-store';
import type { ArtifactStore } from '../../contracts/ports/artifact-store';
import type { AttemptRequest } from '../../contracts/ports/connector';
import type { PlanStore } from '../../contracts/ports/plan-store';
import type { UpstreamReader } from '../../contracts/ports/upstream-reader';
import type { RunTaskInput } from '../../contracts/protocol/activities';
import type { ExpressionScope } from '../../domain/expressions/expression-scope';
import { renderTemplate } from '../../domain/expressions/render-template';
import type { Json, JsonObject } from '../../domain/json';
import { agentTemplates } from '../../domain/plan/agent-templates';
import type { AgentSpec, Plan, Task } from '../../domain/plan/plan';
import { withItem } from '../../domain/plan/item-scope';
import { tasksInAttempt } from '../../domain/plan/task-references';
import { taskResults } from '../../domain/plan/task-results';
import { splitRunKey } from '../../domain/session/run-key';

export interface RequestSources {
  agents: AgentSource;
  plans: PlanStore;
  artifacts: ArtifactStore;
  upstream: UpstreamReader;
}

/** What an attempt is asked to do, and what its gate will see. */
export interface PreparedAttempt {
  request: AttemptRequest;
  /** Values that must not be stored. */
  secrets: string[];
  task: Task;
  scope: ExpressionScope;
}

/** Renders all templates of an attempt. Throws EXPRESSION_INVALID where one cannot be rendered. */
export async function prepareAttempt(
  sources: RequestSources,
  input: RunTaskInput,
  begun: BegunAttempt,
): Promise<PreparedAttempt> {
  const { plan } = await sources.plans.load(input.workspace, begun.planHash);
  const { name, item } = splitRunKey(input.run);
  const task = plan.tasks[name];
  if (!task) throw new RangeError(`plan ${begun.planHash} has no task "${name}"`);
  const agent = await agentOf(sources.agents, plan, begun);
  const referenced = tasksInAttempt(
    task,
    begun.agentWorkspace === undefined ? agentTemplates(begun.agent, agent.spec) : [],
  );
  const scope = await loadScope(sources, input, begun, [...new Set([...referenced, ...task.needs])], referenced);
  return { task, ...requestOf(task, agent, input, begun, withItem(scope, task, item)) };
}

/** What does the attempt, and what it is told before every prompt. */
interface AttemptAgent {
  spec: AgentSpec;
  instructions: string | null;
  /** Of an agent of the registry: its settings know nothing of the session's plan. */
  secrets?: Record<string, string>;
}

async function agentOf(
  agents: AgentSource,
  plan: Plan,
  { agent, agentWorkspace, planHash }: BegunAttempt,
): Promise<AttemptAgent> {
  if (agentWorkspace !== undefined) {
    const { definition, secrets } = await agents.resolve({ workspace: agentWorkspace, name: agent });
    return {
      // What it can do has been looked at when it was chosen.
      spec: { ...definition.connector, capabilities: [], technologies: [], tags: [] },
      instructions: definition.instructions ?? null,
      secrets: Object.fromEntries(secrets),
    };
  }
  const spec = plan.agents[agent];
  if (!spec) throw new RangeError(`plan ${planHash} has no agent "${agent}"`);
  return { spec, instructions: null };
}

function requestOf(
  task: Task,
  agent: AttemptAgent,
  input: RunTaskInput,
  begun: BegunAttempt,
  scope: ExpressionScope,
): Omit<PreparedAttempt, 'task'> {
  const { work } = task;
  const { session, workspace } = scope;
  const { secrets } = agent;
  // A sub-plan that its fallback agent takes over is handed to it by its inputs.
  const prompt = work.kind === 'agent' ? work.prompt : undefined;
  const given = work.kind === 'agent' ? work.input : work.inputs;
  return {
    scope,
    secrets: Object.values(secrets ?? {}),
    request: {
      workspace: input.workspace,
      session: input.session,
      task: input.run,
      attempt: input.attempt,
      idempotencyKey: `${input.workspace}/${input.session}/${input.run}`,
      agent: renderAgent(agent.spec, secrets ? { inputs: {}, tasks: {}, session, workspace, secrets } : scope),
      agentName: begun.agent,
      instructions: agent.instructions,
      prompt: prompt === undefined ? null : asText(renderTemplate(prompt, scope)),
      input: renderTemplate(given ?? null, scope),
      context: Object.fromEntries(task.needs.map((need) => [need, summary(scope, need)])),
      baseDirectory: begun.baseDirectory,
    },
  };
}

async function loadScope(
  { artifacts, upstream }: RequestSources,
  { workspace, session }: RunTaskInput,
  begun: BegunAttempt,
  tasks: readonly string[],
  referenced: readonly string[],
): Promise<ExpressionScope> {
  const runs = await upstream.runs(workspace, session, tasks);
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
      return { ...agent, url: text(agent.url), headers: texts(agent.headers) };
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
