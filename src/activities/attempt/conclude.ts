import type { BegunAttempt, Settlement } from '../../contracts/ports/attempt-store';
import type { AttemptReport, AttemptWork } from '../../contracts/ports/connector';
import { jsonArtifact } from '../../contracts/schemas/json-artifact';
import { maskSecrets } from '../../domain/agents/mask-secrets';
import { durationWords } from '../../domain/duration';
import { compileCondition, evaluateCondition } from '../../domain/expressions/condition';
import { compileScore, evaluateScore } from '../../domain/expressions/score';
import { OrchestraError } from '../../domain/errors';
import type { Evidence } from '../../domain/evidence';
import { clipText } from '../../domain/clip-text';
import { judge } from '../../domain/judge';
import type { GateResult, Judgement } from '../../domain/judge';
import { boundedWork, mapTexts } from '../../domain/usage/reported-work';
import { splitRunKey } from '../../domain/session/run-key';
import { kindOfTask } from '../../domain/learning/task-kind';
import type { Prices } from '../../domain/usage/prices';
import type { Verdict } from '../../domain/verdict';
import type { PreparedWork } from './attempt-request';
import { pricedUsage } from './priced-usage';
import type { StopCause } from './stopper';

/** A year, in milliseconds: what asks to be left alone for longer is asked again then. */
const longestWaitMs = 365 * 24 * 3_600_000;

/** What a report is judged by. */
type Judged = Pick<PreparedWork, 'task' | 'scope' | 'secrets' | 'inputBytes'> & {
  work: Pick<AttemptWork, 'input'>;
} & Pick<BegunAttempt, 'timeoutMs'>;

export type Conclusion = Omit<Settlement, 'attempt' | 'planName' | 'startedAt' | 'endedAt'>;

/** What an attempt came to: its report judged, and the gate of its task. `prices`: of tokens, where the report says no cost. */
export function conclude(
  run: string,
  report: AttemptReport,
  prepared: Judged,
  stopCause: StopCause | undefined,
  prices: Prices,
): Conclusion {
  const { settled, notes } = pricedUsage(report.usage, prices);
  const { inputBytes, task } = prepared;
  const usage = { ...settled, ...workIn(report), ...kindIn(run, prepared), inputBytes, needs: task.needs };
  const weighed = judge({ ...report, evidence: [...report.evidence, ...notes] }, gateResult(report, prepared));
  const { quality, faults } = qualityOf(weighed, report, prepared);
  const judgement = { ...weighed, evidence: [...weighed.evidence, ...faults] };
  const conclusion =
    judgement.verdict !== 'succeeded' && stopCause !== undefined
      ? { ...usage, ...stopped(stopCause, timeoutOf(prepared)), evidence: judgement.evidence }
      : { ...usage, ...judged(judgement, report), ...(quality !== undefined && { quality }) };
  return withoutSecrets(conclusion, prepared.secrets);
}

/** What the turn has chosen, or else what the plan says. */
export function timeoutOf({ task, timeoutMs = task.timeoutMs }: Pick<Judged, 'task' | 'timeoutMs'>): {
  timeoutMs: number;
} {
  return { timeoutMs };
}

/** What a task is by its complexity, its input may say: so it is kept with the attempt. */
function kindIn(run: string, { task, work }: Judged): Pick<Conclusion, 'taskKind'> {
  const taskKind = kindOfTask(splitRunKey(run).name, task, work.input);
  return taskKind.complexity === undefined ? {} : { taskKind };
}

/** How good a success is, where its gate measures that. A score that cannot be worked out is unknown, and says why. */
function qualityOf(
  { verdict }: Judgement,
  { output }: AttemptReport,
  { task, scope }: Judged,
): { quality?: number; faults: Evidence[] } {
  const score = task.gate?.score;
  if (verdict !== 'succeeded' || score === undefined) return { faults: [] };
  try {
    return { quality: evaluateScore(compileScore(score), { ...scope, output }), faults: [] };
  } catch (error) {
    if (!(error instanceof OrchestraError)) throw error;
    return { faults: [{ kind: 'score', says: 'nothing', detail: clipText(error.message, 200) }] };
  }
}

function workIn({ usage = {} }: AttemptReport): Pick<Conclusion, 'model' | 'work'> {
  const work = boundedWork(usage);
  return {
    ...(usage.model !== undefined && { model: usage.model }),
    ...(Object.keys(work).length > 0 && { work }),
  };
}

/** What an agent printed may hold what it was trusted with. Its output is its own: tasks work with it. */
function withoutSecrets(conclusion: Conclusion, secrets: readonly string[]): Conclusion {
  const { error, evidence, model, work } = conclusion;
  return {
    ...conclusion,
    ...(model !== undefined && { model: maskSecrets(model, secrets) }),
    ...(work && { work: mapTexts(work, (text) => maskSecrets(text, secrets)) }),
    ...(error !== undefined && { error: maskSecrets(error, secrets) }),
    evidence: evidence.map((one) => ({ ...one, detail: maskSecrets(one.detail, secrets) })),
  };
}

function judged(judgement: Judgement, report: AttemptReport): Conclusion {
  const { verdict, retryable, error, evidence } = judgement;
  return {
    verdict,
    retryable: verdict === 'succeeded' || retryable,
    evidence,
    ...(error !== null && { error }),
    ...(report.retryAfterMs !== undefined && {
      retryAfterMs: Math.min(Math.round(report.retryAfterMs), longestWaitMs),
    }),
    ...(verdict === 'succeeded' && { output: jsonArtifact(report.output) }),
  };
}

/** What an attempt came to that was stopped before it had succeeded. */
export function stopped(
  cause: StopCause,
  task: { timeoutMs: number },
): { verdict: Verdict; retryable: boolean; error: string } {
  switch (cause) {
    case 'timed-out':
      return {
        verdict: 'timed_out',
        retryable: true,
        error: `The attempt ran into its timeout of ${durationWords(task.timeoutMs)} and was stopped.`,
      };
    case 'cancelled':
      return { verdict: 'cancelled', retryable: true, error: 'The attempt was told to stop.' };
    case 'worker-stopping':
      return {
        verdict: 'cancelled',
        retryable: true,
        error: 'The worker that ran the attempt was shut down; it runs again elsewhere.',
      };
  }
}

function gateResult(report: AttemptReport, { task, scope }: Judged): GateResult | undefined {
  if (!task.gate) return undefined;
  try {
    return {
      gate: task.gate,
      passed: evaluateCondition(compileCondition(task.gate.check), { ...scope, output: report.output }),
    };
  } catch (error) {
    if (!(error instanceof OrchestraError)) throw error;
    return { gate: task.gate, passed: false, detail: error.message };
  }
}
