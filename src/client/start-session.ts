import { WorkflowExecutionAlreadyStartedError, defineSearchAttributeKey } from '@temporalio/common';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { workflowIdOf } from '../contracts/protocol/ids';
import { searchAttributes, sessionWorkflow } from '../contracts/protocol/session';
import type { NewSession } from '../contracts/ports/session-catalog';
import type { SessionInput } from '../contracts/protocol/session';
import type { JsonObject } from '../domain/json';
import { validateInputs } from '../domain/plan/input-values';
import type { Plan } from '../domain/plan/plan';
import { indexOutline } from '../domain/session/outline';
import { outlineOf } from '../domain/plan/outline';
import { progressOf } from '../domain/session/progress';
import { initialState } from '../domain/session/state';
import { agentNeeds } from '../domain/plan/agent-needs';
import type { AgentNeed } from '../domain/plan/agent-needs';
import { checkAgents } from './check-agents';
import { checkSessionId } from './check-session-id';
import type { ClientDependencies } from './client-dependencies';

export interface StartOptions {
  plan: Plan;
  hash: string;
  /** The canonical forms of the plan and of its sub-plans. */
  documents: { hash: string; name: string; canonical: string }[];
  /** Folder that relative paths in the plan are resolved against. */
  baseDirectory: string;
  inputs?: JsonObject;
  /** What only agents of the registry can do, where it is known by lines of the plan file; else it is worked out. */
  needs?: AgentNeed[];
  /** Made from the plan's name where it is missing. Starting twice with the same id gives the same session. */
  id?: string;
}

/** How much a session may do alone; other modes are not there yet. */
const mode = 'full_autonomous';

export interface PreparedStart {
  id: string;
  /** Of its workflow. */
  input: SessionInput;
}

/** Stores what the session needs, then starts its workflow. Repeating the call with the same id is harmless. */
export async function startSession(dependencies: ClientDependencies, options: StartOptions): Promise<string> {
  const { session, needs } = await storePlan(dependencies, options);
  const { workspace, id, planName, settings } = session;
  const attributes = { 'orchestra.workspace': workspace, 'orchestra.session': id, 'orchestra.plan': planName };
  await dependencies.tracing.inSpan('session start', { attributes }, async ({ traceparent: trace }) => {
    // An agent of the registry could begin although the workflow cannot be started.
    const started = needs.length === 0 ? await takeFirstTurn(dependencies, session, trace) : undefined;
    if (!started?.isAdded) await dependencies.catalog.add(session);
    const { brought } = started ?? {};
    const input = { workspace, session: id, settings, ...(trace !== undefined && { trace }) };
    await startWorkflow(dependencies, { ...input, ...(brought && { brought }) }, planName);
  });
  return id;
}

/** The workflow takes the turn where nobody does here, or that fails: then it tells why. */
function takeFirstTurn({ starts }: ClientDependencies, session: NewSession, trace: string | undefined) {
  return starts.firstTurns?.take(session, trace).catch(() => undefined);
}

/** Stores what the session needs. Repeating the call with the same id is harmless. */
export async function prepareSession(dependencies: ClientDependencies, options: StartOptions): Promise<PreparedStart> {
  const { session } = await storePlan(dependencies, options);
  await dependencies.catalog.add(session);
  const { workspace, id, settings } = session;
  return { id, input: { workspace, session: id, settings } };
}

/** Checks all that was asked, and stores the plan: what is left is to add the session. */
async function storePlan(dependencies: ClientDependencies, options: StartOptions) {
  const { plans, settings, workspace } = dependencies;
  const inputs = validateInputs(options.plan, options.inputs ?? {});
  const id = options.id ?? `${options.plan.name}-${dependencies.newId()}`;
  checkSessionId(id);
  const needs = options.needs ?? agentNeeds(options.plan);
  await checkAgents(dependencies.directory, workspace, needs);
  await plans.put(workspace, options.documents);
  const index = indexOutline(outlineOf(options.plan));
  const session: NewSession = {
    workspace,
    id,
    planName: options.plan.name,
    planHash: options.hash,
    inputs,
    baseDirectory: options.baseDirectory,
    mode,
    settings,
    progress: progressOf(index, initialState(index, id, 0)),
  };
  return { session, needs };
}

async function startWorkflow({ temporal }: ClientDependencies, input: SessionInput, planName: string): Promise<void> {
  const { workspace, session, settings } = input;
  try {
    await temporal.workflow.start(sessionWorkflow, {
      workflowId: workflowIdOf(workspace, session),
      taskQueue: settings.taskQueue,
      args: [input],
      // A worker on the same connection gets the first workflow task with the answer.
      requestEagerStart: true,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      staticSummary: planName,
      ...(settings.searchAttributes && {
        typedSearchAttributes: [
          { key: defineSearchAttributeKey(searchAttributes.workspace, 'KEYWORD'), value: workspace },
          { key: defineSearchAttributeKey(searchAttributes.plan, 'KEYWORD'), value: planName },
          { key: defineSearchAttributeKey(searchAttributes.status, 'KEYWORD'), value: 'running' },
          { key: defineSearchAttributeKey(searchAttributes.mode, 'KEYWORD'), value: mode },
        ],
      }),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
