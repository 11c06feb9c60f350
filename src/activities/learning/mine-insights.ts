import { createHash } from 'node:crypto';
import { setImmediate as turnOfOthers } from 'node:timers/promises';
import type { DueWorkspace, InsightMiningStore, Mining } from '../../contracts/ports/insight-mining-store';
import type { PlanStore } from '../../contracts/ports/plan-store';
import { judgeClaims } from '../../domain/learning/insights/claims';
import type { Claim, ClaimVerdict } from '../../domain/learning/insights/claims';
import { distributionOf } from '../../domain/learning/insights/distribution';
import { effectOf } from '../../domain/learning/insights/effect';
import type { InsightEffect } from '../../domain/learning/insights/effect';
import type { Example } from '../../domain/learning/insights/example';
import type { Hypothesis } from '../../domain/learning/insights/hypothesis';
import { insightKey } from '../../domain/learning/insights/insight';
import type { Insight } from '../../domain/learning/insights/insight';
import { hypothesesOf, insightsOf } from '../../domain/learning/insights/mine';

import { readExamples } from './read-examples';

export interface MiningDependencies {
  mining: InsightMiningStore;
  plans: PlanStore;
  /** Says that the activity is alive; throws where it is to end. */
  heartbeat(): void;
}

/** What one mining looks at: older outcomes, and more of them, say nothing that these do not. */
export const miningWindow = { limit: 20_000, maxAgeMs: 90 * 86_400_000 };

/** Looks for insights in each workspace in which enough has happened since it was mined last. */
export async function mineInsights(dependencies: MiningDependencies): Promise<{ mined: number }> {
  await dependencies.mining.exchange();
  const due = await dependencies.mining.due();
  const failures: unknown[] = [];
  // What fails in one workspace must not keep the others waiting.
  for (const workspace of due) await mineWorkspace(dependencies, workspace).catch((error) => failures.push(error));
  if (failures.length > 0) throw failures[0];
  return { mined: due.length };
}

async function mineWorkspace(
  dependencies: MiningDependencies,
  { workspace, corrections, reported }: DueWorkspace,
): Promise<void> {
  const { mining, heartbeat } = dependencies;
  const attempts = await mining.attempts(workspace, miningWindow);
  heartbeat();
  const examples = await readExamples(workspace, attempts, dependencies);
  const hypotheses: Hypothesis[] = [];
  for (const hypothesis of hypothesesOf(examples)) {
    hypotheses.push(hypothesis);
    // Sessions may run in the same process.
    await turnOfOthers();
    heartbeat();
  }
  await mining.store(workspace, {
    outcomes: attempts.length,
    corrections,
    reported,
    maxAgeMs: miningWindow.maxAgeMs,
    insights: await distributed(insightsOf(hypotheses), examples),
    effects: await effectsIn(workspace, examples, mining),
    claims: await judged(await mining.claims(workspace), examples),
  });
}

/** With where else they hold, of those on one agent. */
async function distributed(found: readonly Insight[], examples: readonly Example[]): Promise<Mining['insights']> {
  const insights: Mining['insights'] = [];
  for (const insight of found) {
    const stored = { ...insight, id: idOf(insightKey(insight)) };
    const distribution = distributionOf(stored, examples);
    insights.push({ ...stored, ...(distribution && { distribution }) });
    await turnOfOthers();
  }
  return insights;
}

async function judged(claims: readonly Claim[], examples: readonly Example[]): Promise<ClaimVerdict[]> {
  const judging = judgeClaims(claims, examples);
  for (;;) {
    const { done, value } = judging.next();
    if (done) return value;
    await turnOfOthers();
  }
}

function idOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}

async function effectsIn(
  workspace: string,
  examples: readonly Example[],
  mining: InsightMiningStore,
): Promise<Map<string, InsightEffect>> {
  const ids = [...new Set(examples.flatMap(({ applied }) => applied))];
  const effects = new Map<string, InsightEffect>();
  for (const insight of await mining.known(workspace, ids)) {
    const effect = effectOf(insight, examples);
    if (effect) effects.set(insight.id, effect);
    await turnOfOthers();
  }
  return effects;
}
