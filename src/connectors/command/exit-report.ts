import type { AttemptReport } from '../../contracts/ports/connector';
import { clipText, ellipsis, maxErrorLength } from '../../domain/clip-text';
import type { Evidence } from '../../domain/evidence';
import type { OutputFormat } from '../../domain/plan/plan';
import { parseOutput } from './parse-output';
import type { ProcessEnd } from './run-process';

/** EX_TEMPFAIL of sysexits.h: the program asks to be tried again. */
const exitTemporaryFailure = 75;

export interface ExitContext {
  agentName: string;
  end: Extract<ProcessEnd, { kind: 'exited' | 'killed' }>;
  format: OutputFormat;
  stdout: Buffer;
  /** Its last lines. */
  stderr: string;
}

/**
 * What the end of a program is evidence of. Exit 0 speaks for success, and an stdout that is not what it should be then speaks against it.
 * A program that failed owes no output, so its stdout is taken where it can be read and is no evidence.
 */
export function exitReport({ agentName, end, format, stdout, stderr }: ExitContext): AttemptReport {
  const parsed = parseOutput(stdout, format);
  const output = 'output' in parsed ? parsed.output : null;
  const exit = exitEvidence(end);
  if (exit.says === 'succeeded') {
    if ('output' in parsed) return { output, evidence: [exit] };
    return {
      output,
      evidence: [exit, { kind: 'output-format', says: 'failed', detail: parsed.problem }],
      error: withStderr(
        `Agent '${agentName}' ended with exit 0, but its ${parsed.problem}. Let it print one JSON document last, or set \`output: text\` in the plan.`,
        stderr,
      ),
    };
  }
  return {
    output,
    evidence: [exit],
    error: withStderr(`Agent '${agentName}' failed: ${explain(end)}.`, stderr),
    ...(end.kind === 'exited' && end.exitCode === exitTemporaryFailure ? { retryable: true } : {}),
  };
}

function exitEvidence(end: ExitContext['end']): Evidence {
  if (end.kind === 'killed') return { kind: 'exit-code', says: 'failed', detail: `killed by ${end.signal}` };
  return { kind: 'exit-code', says: end.exitCode === 0 ? 'succeeded' : 'failed', detail: `exit ${end.exitCode}` };
}

function explain(end: ExitContext['end']): string {
  if (end.kind === 'exited') {
    return end.exitCode === exitTemporaryFailure ? 'exit 75, it asks to be tried again' : `exit ${end.exitCode}`;
  }
  return end.signal === 'SIGKILL' ? 'killed by SIGKILL, perhaps because memory ran out' : `killed by ${end.signal}`;
}

/** The error with as many of the last lines of stderr as there is room for. */
function withStderr(error: string, stderr: string): string {
  const intro = `${error} Last of stderr:\n`;
  const room = maxErrorLength - intro.length;
  if (stderr === '' || room <= 0) return clipText(error);
  if (stderr.length <= room) return intro + stderr;
  const end = stderr.slice(-room);
  const firstNewline = end.indexOf('\n');
  return intro + (firstNewline === -1 ? ellipsis + end.slice(1) : end.slice(firstNewline + 1));
}
