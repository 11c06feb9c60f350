import { WorkflowExecutionAlreadyStartedError, defineSearchAttributeKey } from '@temporalio/common';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { workflowIdOf } from '../contracts/protocol/ids';
import { searchAttributes, sessionWorkflow } from '../contracts/protocol/session';
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
  const { id, input } = await prepareSession(dependencies, options);
  const { workspace, session } = input;
  const attributes = {
    'orchestra.workspace': workspace,
    'orchestra.session': session,
    'orchestra.plan': options.plan.name,
  };
  await dependencies.tracing.inSpan('session start', { attributes }, ({ traceparent: trace }) =>
    startWorkflow(dependencies, { ...input, ...(trace !== undefined && { trace }) }, options.plan.name),
  );
  return id;
}

/** Stores what the session needs. Repeating the call with the same id is harmless. */
export async function prepareSession(dependencies: ClientDependencies, options: StartOptions): Promise<PreparedStart> {
  const { catalog, plans, settings, workspace } = dependencies;
  const inputs = validateInputs(options.plan, options.inputs ?? {});
  const id = options.id ?? `${options.plan.name}-${dependencies.newId()}`;
  checkSessionId(id);
  await checkAgents(dependencies.directory, workspace, options.needs ?? agentNeeds(options.plan));
  await plans.put(workspace, options.documents);
  const index = indexOutline(outlineOf(options.plan));
  await catalog.add({
    workspace,
    id,
    planName: options.plan.name,
    planHash: options.hash,
    inputs,
    baseDirectory: options.baseDirectory,
    mode,
    settings,
    progress: progressOf(index, initialState(index, id, 0)),
  });
  return { id, input: { workspace, session: id, settings } };
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
