import type { AttemptReport } from '../contracts/ports/connector';
import { clipText } from '../domain/clip-text';

/** The most output an agent may hand over where nothing else is configured. */
export const defaultOutputLimitBytes = 16 * 1024 * 1024;

/** A failure that is told by one piece of evidence. `retryable` is true where absent. */
export function failureReport(failure: {
  kind: string;
  detail: string;
  error: string;
  retryable?: boolean;
  retryAfterMs?: number;
}): AttemptReport {
  const { kind, detail, error, ...advice } = failure;
  return { output: null, evidence: [{ kind, says: 'failed', detail }], error: clipText(storable(error)), ...advice };
}

/** Names that come from a plan may hold a null character, which PostgreSQL keeps in no text. */
function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}

/** The report of an attempt that was ended on request. */
export function abortedReport(agentName: string): AttemptReport {
  return failureReport({
    kind: 'aborted',
    detail: 'ended on request',
    error: `Agent '${agentName}' was ended on request before it had finished.`,
  });
}

/** The report of an agent that handed over more than is accepted: nothing is kept, since half an output is none. */
export function oversizedReport(agentName: string, source: string, limitBytes: number): AttemptReport {
  return failureReport({
    kind: 'output-size',
    detail: `${source} exceeded ${limitBytes} bytes`,
    error:
      `Agent '${agentName}' was ended: its ${source} exceeded the limit of ${limitBytes} bytes. ` +
      'Let it write large results to files, and hand over where they are.',
  });
}
