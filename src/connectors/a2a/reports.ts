import type { Artifact, Message, Task } from '@a2a-js/sdk';
import type { AttemptReport } from '../../contracts/ports/connector';
import { clipText } from '../../domain/clip-text';
import type { Evidence } from '../../domain/evidence';
import { failureReport } from '../failure-reports';
import { usageIn, withUsage } from '../with-usage';
import { FailedCall } from './open-client';
import { outputOf, textOf } from './output';
import { stateOf } from './task-state';
import type { TaskStateName } from './task-state';

/** Codes of JSON-RPC and of the protocol for requests that will never be answered otherwise. */
const refusals: ReadonlySet<number> = new Set([
  -32700, -32600, -32601, -32602, -32003, -32004, -32005, -32007, -32008, -32009,
]);

/** An agent that answers with a message has no task, and is done with it. */
export function messageReport(agentName: string, message: Message): AttemptReport {
  return claimedReport(agentName, 'message', [message], message.metadata);
}

/** The report of a task that nothing more is expected of. */
export function taskReport(agentName: string, task: Task): AttemptReport {
  const state = stateOf(task);
  const message = task.status?.message;
  if (state === undefined) return strangeReport(agentName, 'the state of the task is none of the protocol');
  if (state === 'completed') {
    // Some agents put what they have to say into the last status.
    const sources = task.artifacts.length > 0 || !message ? task.artifacts : [message];
    return claimedReport(agentName, 'task completed', sources, task.metadata);
  }
  const { advice, retryable } = endings[state];
  const said = textOf(message);
  const error = `Agent '${agentName}' left the task ${state}${said === '' ? '' : `: ${clipText(said, 1_000)}`}. ${advice}`;
  return withUsage(
    failureReport({ kind: 'task-state', detail: `task ${state}`, error, retryable }),
    usageIn(task.metadata),
  );
}

const lookAtLog = 'Look at the log of the agent.';
const endings: Record<Exclude<TaskStateName, 'completed'>, { advice: string; retryable: boolean }> = {
  submitted: { advice: lookAtLog, retryable: true },
  working: { advice: lookAtLog, retryable: true },
  failed: { advice: lookAtLog, retryable: true },
  canceled: { advice: 'Nobody here had asked for that: look at the log of the agent.', retryable: true },
  rejected: { advice: 'It does not do such tasks: give it to another agent, or ask otherwise.', retryable: false },
  'input-required': {
    advice: 'Nobody is there to answer it: say what it asks for in the prompt or the input of the task.',
    retryable: false,
  },
  'auth-required': { advice: 'Give it what it asks for in its headers.', retryable: false },
};

function claimedReport(
  agentName: string,
  claim: string,
  sources: readonly Pick<Artifact | Message, 'parts'>[],
  metadata: unknown,
): AttemptReport {
  const evidence: Evidence[] = [{ kind: 'task-state', says: 'succeeded', detail: claim }];
  const output = outputOf(sources);
  if (output) return withUsage({ output: output.value, evidence }, usageIn(metadata));
  const isEmpty = sources.every(({ parts }) => parts.length === 0);
  const detail = isEmpty ? 'nothing was handed over' : 'a part of what was handed over is of no known kind';
  evidence.push({ kind: 'output-format', says: 'failed', detail });
  const error = `Agent '${agentName}' says that it is done, but ${detail}. What it made belongs into artifacts of text, data or files.`;
  return withUsage({ output: null, evidence, error: clipText(error) }, usageIn(metadata));
}

/** The report of a call that did not come to a task. */
export function callReport(agentName: string, error: unknown): AttemptReport {
  if (error instanceof FailedCall) return error.report;
  const code = codeOf(error);
  const said = error instanceof Error ? error.message : String(error);
  if (code === undefined) return strangeReport(agentName, said);
  return failureReport({
    kind: 'protocol',
    detail: `error ${code}`,
    error: `Agent '${agentName}' answered with error ${code}: ${clipText(said, 1_000)}. Look at the log of the agent, and check its url, transport and protocolVersion.`,
    retryable: !refusals.has(code),
  });
}

/** Whether the same call may be answered a moment later. */
export function mayPass(error: unknown): boolean {
  return error instanceof FailedCall && error.report.retryable !== false;
}

function strangeReport(agentName: string, detail: string): AttemptReport {
  return failureReport({
    kind: 'protocol',
    detail: clipText(detail, 200),
    error: `Agent '${agentName}' gave an answer that is none of the A2A protocol (${clipText(detail, 1_000)}). Check its url, transport and protocolVersion.`,
  });
}

function codeOf(error: unknown): number | undefined {
  return typeof error === 'object' &&
    error !== null &&
    'envelopeCode' in error &&
    typeof error.envelopeCode === 'number'
    ? error.envelopeCode
    : undefined;
}
