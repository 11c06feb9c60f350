import type { AttemptContext, AttemptReport, AttemptRequest, Connector } from '../contracts/ports/connector';
import type { HttpAgent } from '../domain/plan/plan';
import { attemptMessage } from '../contracts/protocol/attempt-message';
import { errorCode } from './error-code';
import { abortedReport, defaultOutputLimitBytes, failureReport } from './failure-reports';
import { answerReport } from './http/answer-report';
import { post } from './http/post';
import type { Answer } from './http/post';

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
      answer = await post({ url, headers: headersOf(request), body, limitBytes, signal: context.signal });
    } catch (error) {
      return context.signal.aborted ? abortedReport(agentName) : connectionReport(agentName, url, error);
    }
    return answerReport({ agentName, address: publicAddress(url), answer, limitBytes, nowMs: dependencies.now() });
  }

  return { run };
}

/** Our own headers win over the plan's: an agent relies on them to recognise work it has done. */
function headersOf({ agent, idempotencyKey }: AttemptRequest<HttpAgent>): Record<string, string> {
  const own = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
  const fromPlan = Object.entries(agent.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { accept: 'application/json', ...Object.fromEntries(fromPlan), ...own };
}

function parseAddress(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** Without user, password, query and fragment: they may hold secrets, and this goes into errors. */
function publicAddress(url: URL): string {
  return url.origin + url.pathname;
}

function invalidAddressReport(agentName: string): AttemptReport {
  return failureReport({
    kind: 'start',
    detail: 'invalid address',
    error: `The url of agent '${agentName}' is no valid http or https address. Correct it in the plan; templates in it have been filled in.`,
    retryable: false,
  });
}

function connectionReport(agentName: string, url: URL, error: unknown): AttemptReport {
  const code = errorCode(error);
  // Node's own argument checks: a header that cannot be sent today cannot be sent tomorrow.
  const isInvalid = /^ERR_((HTTP_)?INVALID|UNESCAPED)_/.test(code);
  return failureReport({
    kind: isInvalid ? 'start' : 'connection',
    detail: code,
    error: isInvalid
      ? `The request to agent '${agentName}' at ${publicAddress(url)} cannot be sent (${code}). Correct its url and headers in the plan.`
      : `Agent '${agentName}' could not be reached, or broke off its answer, at ${publicAddress(url)} (${code}). Check that it is running and that the address is right.`,
    retryable: !isInvalid,
  });
}
