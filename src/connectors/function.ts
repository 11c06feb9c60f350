import type { AttemptContext, AttemptReport, AttemptRequest, Connector } from '../contracts/ports/connector';
import type { FunctionAgent } from '../domain/plan/plan';
import { abortedReport, defaultOutputLimitBytes } from './failure-reports';
import { findFunction } from './function/find-function';
import type { FunctionDirectories } from './function/find-function';
import type { FunctionThreads } from './function/function-threads';
import { resultReport, unusableReport } from './function/result-report';

export interface FunctionDependencies {
  functions: FunctionThreads;
  /** Where modules may lie. */
  functionDirectories: FunctionDirectories;
  /** Of one result as JSON, in bytes; 16 MiB by default. A larger one fails the attempt. */
  outputLimitBytes?: number;
}

/** Functions of modules that lie beside the plan: one call an attempt, in a thread that is ended where the attempt is. */
export function createFunctionConnector(dependencies: FunctionDependencies): Connector<FunctionAgent> {
  const { functions, functionDirectories, outputLimitBytes: limitBytes = defaultOutputLimitBytes } = dependencies;

  async function run(request: AttemptRequest<FunctionAgent>, { signal }: AttemptContext): Promise<AttemptReport> {
    const { agent, agentName, baseDirectory } = request;
    if (signal.aborted) return abortedReport(agentName);
    const found = await findFunction(agent.module, baseDirectory, functionDirectories);
    if ('error' in found) return unusableReport(agentName, found.detail, found.error);
    const result = await functions.call({ ...found, work: workOf(request), limitBytes }, signal);
    return resultReport(agentName, agent.module, limitBytes, result);
  }

  return { run };
}

/** What the function is told: the same as one that is served over HTTP. */
function workOf({ agent: _, agentName: __, baseDirectory: ___, instructions, ...work }: AttemptRequest<FunctionAgent>) {
  return { ...work, ...(instructions !== null && { instructions }) };
}
