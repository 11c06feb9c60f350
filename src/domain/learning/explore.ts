import type { AgentRecord } from '../agents/agent';
import { createRandom } from '../random';
import { drawBeta } from '../random-variates';
import type { SuccessPrior } from './measured';

/**
 * Draws are as close to the mean as if so many times as much were known. Drawn from the posterior itself, five agents are compared for long after
 * it is plain who is best; the sharper draw tries those that may well be as good (Chapelle and Li, An empirical evaluation of Thompson sampling,
 * 2011, section 3: posterior reshaping). Chosen by `npm run bench:learning`.
 */
const usualSharpness = 20;

/** What all draws of an attempt follow from: the same attempt is decided in the same way each time. */
export function drawSeed(attempt: { workspace: string; session: string; run: string; attempt: number }): string {
  return JSON.stringify([attempt.workspace, attempt.session, attempt.run, attempt.attempt]);
}

/** Whether the attempt is one of the share that may explore. */
export function mayExplore(seed: string, exploration: number): boolean {
  return exploration > 0 && createRandom('explore', seed)() < exploration;
}

/** Draws for the candidates of one attempt. Neighbours of which the same is known, as of many that are new, are drawn for once. */
export function successRateDraws(seed: string): (record: AgentRecord, prior: SuccessPrior) => number {
  let last: { record: AgentRecord; prior: SuccessPrior; drawn: number } | undefined;
  return (record, prior) => {
    if (!last || !isSame(last, { record, prior }))
      last = { record, prior, drawn: drawSuccessRate(record, prior, seed) };
    return last.drawn;
  };
}

type Known = { record: AgentRecord; prior: SuccessPrior };

function isSame(left: Known, right: Known): boolean {
  return (
    left.record.succeeded === right.record.succeeded &&
    left.record.failed === right.record.failed &&
    left.prior.mean === right.prior.mean &&
    left.prior.weight === right.prior.weight
  );
}

/**
 * A success rate that the agent may have, by what is known of it: the mean of the posterior, or what is drawn from it where that is higher (May and
 * others, Optimistic Bayesian sampling in contextual-bandit problems, 2012: nobody gains by a low draw of the best). Agents of which the same is
 * known are drawn alike: nothing is learnt by preferring one of them.
 */
export function drawSuccessRate(
  { succeeded, failed }: AgentRecord,
  { mean, weight }: SuccessPrior,
  seed: string,
  sharpness = usualSharpness,
): number {
  const a = mean * weight + succeeded;
  const b = (1 - mean) * weight + failed;
  if (!(a > 0 && b > 0)) return a + b > 0 ? a / (a + b) : mean;
  const random = createRandom('success rate', seed, a, b);
  return Math.max(a / (a + b), drawBeta(random, sharpness * a, sharpness * b));
}
