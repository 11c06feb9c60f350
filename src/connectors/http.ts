import type { AttemptContext, AttemptReport, AttemptRequest, Connector } from '../contracts/ports/connector';
import type { HttpAgent } from '../domain/plan/plan';
import { attemptMessage } from '../contracts/protocol/attempt-message';
import { abortedReport, defaultOutputLimitBytes } from './failure-reports';
import { connectionReport, invalidAddressReport, parseAddress, publicAddress } from './http/address';
import { answerReport } from './http/answer-report';
import { exchange } from './http/exchange';
import type { Answer } from './http/exchange';
import { probeAddress } from './http/probe-address';
import { lowerCased } from './http/lower-cased';

export interface HttpDependencies {
  /** Milliseconds since the epoch; `Retry-After` dates are counted from it. */
  now: () => number;
  /** Of one answer, in bytes; 16 MiB by default. A larger one fails the attempt. */
  outputLimitBytes?: number;
}

/** Agents behind a web address: one POST an attempt. */
export function createHttpConnector(dependencies: HttpDependencies): Connector<HttpAgent> {
  const limitBytes = dependencies.outputLimitBytes ?? defaultOutputLimitBytes;

  async function run(request: AttemptRequest<HttpAgent>, context: AttemptContext): Promise<AttemptReport> {
    const { agent, agentName } = request;
    if (context.signal.aborted) return abortedReport(agentName);
    const url = parseAddress(agent.url);
    if (url === undefined) return invalidAddressReport(agentName);

    let answer: Answer;
    try {
      const body = JSON.stringify(attemptMessage(request));
      const headers = headersOf(request, context);
      answer = await exchange({ method: 'POST', url, headers, body, limitBytes, signal: context.signal });
    } catch (error) {
      return context.signal.aborted ? abortedReport(agentName) : connectionReport(agentName, url, error);
    }
    return answerReport({ agentName, address: publicAddress(url), answer, limitBytes, nowMs: dependencies.now() });
  }

  return { run, probe: (agent, signal) => probeAddress(agent.url, signal) };
}

/** Our own headers win over the plan's: an agent relies on them to recognise work it has done. */
function headersOf(
  { agent, idempotencyKey }: AttemptRequest<HttpAgent>,
  { trace }: AttemptContext,
): Record<string, string> {
  const own = {
    'content-type': 'application/json',
    'idempotency-key': idempotencyKey,
    ...(trace !== undefined && { traceparent: trace }),
  };
  return { accept: 'application/json', ...lowerCased(agent.headers), ...own };
}
