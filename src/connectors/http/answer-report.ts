import type { AttemptReport } from '../../contracts/ports/connector';
import { clipText } from '../../domain/clip-text';
import type { Evidence } from '../../domain/evidence';
import type { Json } from '../../domain/json';
import type { UsageReports } from '../../domain/usage/usage-reports';
import { oversizedReport } from '../failure-reports';
import { usageIn, withUsage } from '../with-usage';
import type { Answer } from './exchange';
import { parseRetryAfterMs } from './retry-after';

export interface AnswerContext {
  agentName: string;
  /** Without anything secret. */
  address: string;
  answer: Answer;
  limitBytes: number;
  nowMs: number;
}

const usageHeader = 'orchestra-usage';

/** 4xx answers that by their definition may be followed by the same request: timeout, too early, too many. */
const retryableClientErrors: ReadonlySet<number> = new Set([408, 425, 429]);

/** What an HTTP answer is evidence of. Status 2xx speaks for success, and a body that is not JSON speaks against it. */
export function answerReport(context: AnswerContext): AttemptReport {
  const { status, headers } = context.answer;
  const report = status >= 200 && status < 300 ? acceptedReport(context) : refusedReport(context);
  return withUsage(report, reportedUsage(report.output, headers[usageHeader]));
}

/** In the output, or in a header, which has the last word. */
function reportedUsage(output: Json, header: string | string[] | undefined): UsageReports {
  const reports = usageIn(output);
  for (const text of header === undefined ? [] : [header].flat()) reports.add(parseHeader(text));
  return reports;
}

function parseHeader(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function acceptedReport({ agentName, address, answer, limitBytes }: AnswerContext): AttemptReport {
  if (answer.oversized) return oversizedReport(agentName, 'answer', limitBytes);
  const evidence: Evidence[] = [{ kind: 'http-status', says: 'succeeded', detail: `HTTP ${answer.status}` }];
  const parsed = parseBody(answer.body);
  if (parsed !== undefined) return { output: parsed.output, evidence };
  evidence.push({ kind: 'output-format', says: 'failed', detail: 'the answer is not JSON' });
  return {
    output: null,
    evidence,
    error: clipText(
      `${address} answered HTTP ${answer.status}, but its body is not JSON: ${excerpt(answer.body)}. Agents hand over JSON, or an empty body.`,
    ),
  };
}

function refusedReport({ agentName, address, answer, nowMs }: AnswerContext): AttemptReport {
  const { status, headers, body } = answer;
  const retryAfterMs = parseRetryAfterMs(headers['retry-after'], nowMs);
  const says = status === 429 ? 'rate_limited' : 'failed';
  const text = excerpt(body);
  return {
    output: null,
    evidence: [{ kind: 'http-status', says, detail: `HTTP ${status}` }],
    retryable: status >= 500 || retryableClientErrors.has(status),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    error: clipText(
      `Agent '${agentName}' at ${address} answered HTTP ${status}${text === '' ? '' : `: ${text}`}. ${adviceFor(status)}`,
    ),
  };
}

function adviceFor(status: number): string {
  if (status < 400)
    return 'Redirects are not followed, since work and secrets would go to another place: put the final address in the plan.';
  if (status === 401 || status === 403) return 'Check the headers of the agent in the plan.';
  if (status === 404) return 'Check the url of the agent in the plan.';
  if (status === 429) return 'It is asked for too much: wait, or give the task to another agent.';
  return status < 500
    ? 'The agent refuses this request: look at the input of the task.'
    : 'Look at the log of the agent.';
}

/** Undefined where the body is not JSON. */
function parseBody(body: Buffer): { output: Json } | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body).trim();
    return { output: text === '' ? null : (JSON.parse(text) as Json) };
  } catch {
    return undefined;
  }
}

function excerpt(body: Buffer): string {
  const text = body
    .subarray(0, 4_096)
    .toString('utf8')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return clipText(text, 500);
}
