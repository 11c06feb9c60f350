import { clipText } from './clip-text';
import type { AttemptEvidence, Evidence } from './evidence';
import type { Gate } from './plan/plan';
import { Verdict } from './verdict';

/** What a task's gate said of an output. */
export interface GateResult {
  gate: Gate;
  passed: boolean;
  /** Why it did not pass, where there is more to say than the check itself: an evaluation error, for instance. */
  detail?: string;
}

export interface Judgement {
  verdict: Exclude<Verdict, 'cancelled'>;
  /** Whether another attempt may help. False for a success. */
  retryable: boolean;
  /** Null for a success; at most 2,000 characters. */
  error: string | null;
  /** All that was weighed: the report's evidence, then the gate's. */
  evidence: Evidence[];
}

/**
 * Decides what an attempt came to that ended by itself. Success needs one piece of evidence at least, and all of it to agree.
 *
 * The gate judges a result, so it is heard only where all other evidence speaks for success: there it turns a success into a failure,
 * and elsewhere it can neither save an attempt nor make it contradictory. Attempts that were aborted are not judged here: whoever aborted
 * one knows whether it is `cancelled` or `timed_out`.
 */
export function judge(report: AttemptEvidence, gate?: GateResult): Judgement {
  const { evidence } = report;
  const retryable = report.retryable ?? true;
  const speaking = evidence.filter((piece) => piece.says !== 'nothing');
  const says = new Set(speaking.map((piece) => piece.says));

  if (!says.has('succeeded')) {
    return {
      verdict: verdictWithoutSuccess(says),
      retryable,
      error: clipText(report.error ?? against(speaking)),
      evidence,
    };
  }
  if (says.size > 1) {
    return {
      verdict: Verdict.contradictory,
      retryable,
      error: clipText(disagreement({ ...report, evidence: speaking })),
      evidence,
    };
  }
  if (gate === undefined) return { verdict: Verdict.succeeded, retryable: false, error: null, evidence };

  const weighed = [...evidence, gateEvidence(gate)];
  if (gate.passed) return { verdict: Verdict.succeeded, retryable: false, error: null, evidence: weighed };
  return {
    verdict: Verdict.failed,
    retryable: retryable && gate.gate.onFailure === 'retry',
    error: clipText(gateError(gate)),
    evidence: weighed,
  };
}

/** A limit explains the failures beside it, and so does a timeout; the limit goes first, because it costs the agent no reputation. */
function verdictWithoutSuccess(says: ReadonlySet<Evidence['says']>): 'failed' | 'rate_limited' | 'timed_out' {
  if (says.has('rate_limited')) return Verdict.rateLimited;
  return says.has('timed_out') ? Verdict.timedOut : Verdict.failed;
}

function against(evidence: Evidence[]): string {
  if (evidence.length === 0) return 'The agent left no evidence of what it did, so the attempt is no success.';
  return evidence.map((piece) => `${piece.kind}: ${piece.detail}`).join('; ');
}

function disagreement(report: AttemptEvidence): string {
  const pieces = report.evidence.map((piece) => `${piece.kind} says ${piece.says} (${piece.detail})`);
  const summary = `The evidence disagrees, so the attempt is no success: ${pieces.join(', ')}.`;
  return report.error === undefined ? summary : `${summary} ${report.error}`;
}

function gateEvidence({ gate, passed }: GateResult): Evidence {
  return { kind: 'gate', says: passed ? 'succeeded' : 'failed', detail: clipText(gate.check, 200) };
}

function gateError({ gate, detail }: GateResult): string {
  const error = `The gate did not pass: ${clipText(gate.check, 500)}`;
  return detail === undefined ? error : `${error} (${detail})`;
}
