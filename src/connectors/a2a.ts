import type { Message, Task } from '@a2a-js/sdk';
import type { Client } from '@a2a-js/sdk/client';
import type { AttemptContext, AttemptReport, AttemptRequest, Connector } from '../contracts/ports/connector';
import { clipText } from '../domain/clip-text';
import type { A2aAgent } from '../domain/plan/plan';
import { defaultPolling, endTask, followTask } from './a2a/follow-task';
import type { Polling } from './a2a/follow-task';
import { sendRequest } from './a2a/message';
import { openClient } from './a2a/open-client';
import { textOf } from './a2a/output';
import { callReport, messageReport, taskReport } from './a2a/reports';
import { hasEnded, stateOf } from './a2a/task-state';
import { abortedReport, defaultOutputLimitBytes } from './failure-reports';
import { invalidAddressReport, parseAddress } from './http/address';
import { probeAddress } from './http/probe-address';
import type { HttpDependencies } from './http';
import { lateSignal } from './late-signal';

export interface A2aDependencies extends HttpDependencies {
  polling?: Polling;
  /** For the agent to confirm that it has stopped, in milliseconds; 5 s by default. */
  cancelGraceMs?: number;
}

/** Agents that speak the Agent2Agent protocol: a message an attempt, whose task is followed until it has ended. */
export function createA2aConnector(dependencies: A2aDependencies): Connector<A2aAgent> {
  const { now, polling = defaultPolling, cancelGraceMs = 5_000 } = dependencies;
  const limitBytes = dependencies.outputLimitBytes ?? defaultOutputLimitBytes;

  async function run(request: AttemptRequest<A2aAgent>, context: AttemptContext): Promise<AttemptReport> {
    const { agent, agentName } = request;
    if (context.signal.aborted) return abortedReport(agentName);
    const url = parseAddress(agent.url);
    if (url === undefined) return invalidAddressReport(agentName);
    const client = await openClient({ agentName, agent, url, limitBytes, now, trace: context.trace });
    if (context.signal.aborted) return abortedReport(agentName);
    // An answer that is on its way names the task that is to be ended.
    const late = lateSignal(context.signal, cancelGraceMs);
    try {
      return await converse(client, request, context, late.signal);
    } finally {
      late.dispose();
    }
  }

  async function converse(
    client: Client,
    request: AttemptRequest<A2aAgent>,
    context: AttemptContext,
    late: AbortSignal,
  ): Promise<AttemptReport> {
    const { agentName } = request;
    let answer: Message | Task;
    try {
      answer = await client.sendMessage(sendRequest(request), { signal: late });
    } catch (error) {
      return context.signal.aborted ? leftReport(agentName, 'it named no task') : callReport(agentName, error);
    }
    if (!('artifacts' in answer)) return messageReport(agentName, answer);
    return attend(client, agentName, answer, context, late);
  }

  async function attend(
    client: Client,
    agentName: string,
    begun: Task,
    context: AttemptContext,
    late: AbortSignal,
  ): Promise<AttemptReport> {
    const { signal } = context;
    const end = (): Promise<Task | undefined> =>
      endTask(client, begun.id, polling, signal.aborted ? late : AbortSignal.timeout(cancelGraceMs));
    let task: Task;
    try {
      const onTask = reporting(context);
      task = await followTask(begun, { client, polling, signal, requestSignal: late, onTask });
    } catch (error) {
      // Nobody would take what it goes on to make.
      await end();
      return callReport(agentName, error);
    }
    if (hasEnded(task)) return taskReport(agentName, task);
    const ended = await end();
    if (!signal.aborted) return taskReport(agentName, task);
    if (ended === undefined) return leftReport(agentName, `task ${begun.id} is ${stateOf(task)}`);
    return stateOf(ended) === 'canceled' ? abortedReport(agentName) : taskReport(agentName, ended);
  }

  return { run, probe: (agent, signal) => probeAddress(agent.url, signal) };
}

/** The agent was told to stop, or could not be told, and has not confirmed that it did. */
function leftReport(agentName: string, detail: string): AttemptReport {
  const report = abortedReport(agentName);
  const note = { kind: 'cancel', says: 'nothing' as const, detail: `not confirmed by the agent: ${detail}` };
  return { ...report, evidence: [...report.evidence, note] };
}

/** Tells each new word of the agent once. */
function reporting(context: AttemptContext): (task: Task) => void {
  let told = '';
  return ({ status }) => {
    const message = clipText(textOf(status?.message), 500);
    if (message !== told) context.progress({ message });
    told = message;
  };
}
