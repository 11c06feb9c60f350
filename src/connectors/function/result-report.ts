import type { AttemptReport } from '../../contracts/ports/connector';
import type { Json } from '../../domain/json';
import { abortedReport, failureReport, oversizedReport } from '../failure-reports';
import type { FunctionAdvice, FunctionResult } from './function-result';

/** What a call came to, as evidence. */
export function resultReport(
  agentName: string,
  module: string,
  limitBytes: number,
  result: FunctionResult,
): AttemptReport {
  switch (result.kind) {
    case 'returned':
      return {
        output: JSON.parse(result.json) as Json,
        evidence: [{ kind: 'function', says: 'succeeded', detail: 'returned' }],
      };
    case 'threw':
      return thrownReport(agentName, result.message, result.advice);
    case 'unusable':
      return unusableReport(agentName, result.detail, `its module ${module} ${result.message}.`);
    case 'not-json':
      return failureReport({
        kind: 'output-format',
        detail: 'no JSON',
        error: `Agent '${agentName}' returned what is no JSON: ${result.message}. Let the function return plain data.`,
        retryable: false,
      });
    case 'oversized':
      return oversizedReport(agentName, 'result', limitBytes);
    case 'aborted':
      return abortedReport(agentName);
    case 'died':
      return failureReport({
        kind: 'function',
        detail: 'its thread ended',
        error: `Agent '${agentName}' was ended in the middle of its work: ${result.message}.`,
      });
  }
}

/** Of a function that cannot be called at all: another attempt does not mend that. */
export function unusableReport(agentName: string, detail: string, error: string): AttemptReport {
  return failureReport({
    kind: 'start',
    detail,
    error: `Agent '${agentName}' cannot work: ${error}`,
    retryable: false,
  });
}

function thrownReport(agentName: string, message: string, { rateLimited, ...advice }: FunctionAdvice): AttemptReport {
  const error = `Agent '${agentName}' failed: ${message}`;
  const report = failureReport({ kind: 'function', detail: 'threw', error, ...advice });
  if (rateLimited !== true) return report;
  return { ...report, evidence: [{ kind: 'function', says: 'rate_limited', detail: 'says so' }] };
}
