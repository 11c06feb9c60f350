import { sessionsWith, smallestDifference } from './compare';
import { effectOf } from './effect';
import type { InsightEffect } from './effect';
import type { Example } from './example';
import { certaintyOf } from './hypothesis';
import { InsightKind } from './insight';
import { met, frequent } from './pitfalls';
import { concerns } from './concerns';
import type { Insight } from './insight';
import { testShareAbove } from './share-above';
import { fisherTest } from './statistics/fisher';
import { mean, shareVariance } from './statistics/summary';
import { groupBy, inOrder, sessionMeans, smallestSample } from './units';

/** Whether what was found of one agent is so with another: `open` where too little is known of that one. */
export type TransferVerdict = 'holds' | 'open' | 'contradicted';

/** An insight on one agent, for another one. */
export interface Transfer {
  verdict: TransferVerdict;
  /** 0–100: that of the insight, discounted. */
  confidence: number;
}

export interface Receiver extends Transfer {
  agent: string;
  /** What its own attempts came to that were told the insight. */
  effect: InsightEffect | null;
}

/** Where an insight on one agent holds among the others that do such tasks. */
export interface Distribution {
  /** For agents of which nothing is known. */
  others: Transfer;
  /** Those that were tested or told first, then the busiest. */
  receivers: Receiver[];
}

type Distributed = Pick<Insight, 'kind' | 'scope' | 'feature' | 'confidence'> & { id: string };

const mostReceivers = 50;

/** Two-sided, of one test; and of what is told, of its effect. */
const level = 0.05;

const distributed: ReadonlySet<string> = new Set([
  InsightKind.pitfall,
  InsightKind.successPattern,
  InsightKind.failurePattern,
]);

/**
 * Undefined of what is not about one agent: all are told that anyway. What an insight says is tested with each other agent by itself; of those that were
 * not tested, it is believed by the rule of succession: as often as with those that were.
 */
export function distributionOf(insight: Distributed, examples: readonly Example[]): Distribution | undefined {
  const { agent: source, ...group } = insight.scope;
  if (source === undefined || !distributed.has(insight.kind)) return undefined;
  const ofGroup = examples.filter(
    ({ agent, capability, taskType }) =>
      agent !== source && capability === (group.capability ?? '') && taskType === group.taskType,
  );
  const tested = [...groupBy(inOrder(ofGroup), ({ agent }) => agent)].map(([agent, own]) =>
    testFor(insight, agent, own),
  );
  const count = (verdict: TransferVerdict): number => tested.filter((one) => one.verdict === verdict).length;
  const others = untested(insight.confidence, count('holds'), count('contradicted'));
  const receivers = tested
    .sort((a, b) => Number(isKnown(b)) - Number(isKnown(a)) || b.attempts - a.attempts || (a.agent < b.agent ? -1 : 1))
    .slice(0, mostReceivers)
    .map(({ agent, verdict, certainty, effect }) => ({
      agent,
      effect,
      ...(verdict === 'open' ? others : { verdict, confidence: Math.round(insight.confidence * certainty) }),
    }));
  return { others, receivers };
}

function isKnown({ verdict, effect }: TestedReceiver): boolean {
  return verdict !== 'open' || effect !== null;
}

function untested(confidence: number, holds: number, contradicted: number): Transfer {
  // It is no rule where it fails more agents than it fits.
  if (contradicted > holds) return { verdict: 'contradicted', confidence: 0 };
  return { verdict: 'open', confidence: Math.round((confidence * (holds + 1)) / (holds + contradicted + 2)) };
}

interface TestedReceiver {
  agent: string;
  verdict: TransferVerdict;
  /** 0–1 */
  certainty: number;
  effect: InsightEffect | null;
  attempts: number;
}

/** What came of telling it says more than whether the same is seen with the agent. */
function testFor(insight: Distributed, agent: string, own: readonly Example[]): TestedReceiver {
  const effect = effectOf({ ...insight, scope: { ...insight.scope, agent } }, own) ?? null;
  const shown = ofEffect(effect) ?? (insight.kind === InsightKind.pitfall ? ofPitfall : ofPattern)(insight, own);
  return { agent, ...shown, effect, attempts: own.length };
}

type Shown = Pick<TestedReceiver, 'verdict' | 'certainty'>;

const open: Shown = { verdict: 'open', certainty: 0 };
const contradicted: Shown = { verdict: 'contradicted', certainty: 0 };

function ofEffect(effect: InsightEffect | null): Shown | undefined {
  const { confidence = null, withIt, without } = effect ?? {};
  if (confidence === null || confidence < 100 * (1 - level)) return undefined;
  const helps = (withIt?.success ?? 0) > (without?.success ?? 0);
  return helps ? { verdict: 'holds', certainty: confidence / 100 } : contradicted;
}

/** By the test that found it, with the agent's own sessions; contradicted where an effect that matters is improbable. */
function ofPattern(insight: Distributed, own: readonly Example[]): Shown {
  const { agent: _, ...scope } = insight.scope;
  const isOf = (example: Example): boolean =>
    concerns({ scope, feature: insight.feature }, { ...example, inputBytes: () => example.inputBytes ?? 0 });
  const [withIt, without] = [true, false].map((has) =>
    sessionMeans(
      own.filter((example) => isOf(example) === has),
      ({ success }) => success,
    ),
  ) as [number[], number[]];
  if (Math.min(withIt.length, without.length) < smallestSample) return open;
  const sign = insight.kind === InsightKind.successPattern ? 1 : -1;
  const difference = sign * (mean(withIt) - mean(without));
  const certainty = certaintyOf(
    difference,
    smallestDifference,
    Math.sqrt(shareVariance(withIt) + shareVariance(without)),
  );
  if (certainty <= level) return contradicted;
  const p = fisherTest(...sessionsWith(withIt, without));
  return difference >= smallestDifference && p <= level ? { verdict: 'holds', certainty } : open;
}

function ofPitfall({ feature }: Distributed, own: readonly Example[]): Shown {
  const test = testShareAbove(met(own, feature.error ?? ''), frequent);
  if (!test) return open;
  if (test.certainty <= level) return contradicted;
  return test.p <= level ? { verdict: 'holds', certainty: test.certainty } : open;
}
