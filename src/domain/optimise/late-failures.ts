import type { Example } from '../learning/insights/example';
import { linksTo } from '../learning/insights/hypothesis';
import { testShareAbove } from '../learning/insights/share-above';
import { bySession, groupBy, inOrder } from '../learning/insights/units';
import { percent } from '../learning/insights/words';
import { usd } from '../routing/plain-words';
import { meanInterval, scaled } from './interval';
import type { Candidate } from './proposal';
import { ProposalKind } from './proposal';

/** In more of the sessions than this the task fails, after more than half of their money was spent. */
const nearlyAlways = 0.6;
const most = 0.5;

interface Fate {
  failsLate: boolean;
  spentUsd: number;
}

/** Tasks that fail again and again after their sessions have spent most of what they spend. */
export function* lateFailureCandidates(examples: readonly Example[]): Iterable<Candidate> {
  for (const [plan, ofPlan] of groupBy(inOrder(examples), (example) => example.plan)) {
    const sessions = bySession(ofPlan);
    for (const [task, own] of groupBy(ofPlan, (example) => example.task)) {
      const fates = sessions.flatMap((session) => fateOf(session, task));
      const test = testShareAbove(
        fates.map(({ failsLate }) => failsLate),
        nearlyAlways,
      );
      const lost = fates.filter(({ failsLate }) => failsLate).map(({ spentUsd }) => spentUsd);
      if (!test || lost.length < 2) continue;
      const spent = meanInterval(lost);
      yield {
        p: test.matters ? test.p : 1,
        proposal: {
          kind: ProposalKind.lateFailure,
          says: `Task ${task} of plan ${plan} failed in ${percent(test.hits / test.of)} of ${test.of} sessions after other tasks had spent most of the money, ${usd(spent.estimate)} on average.`,
          change: null,
          advice: `See why task ${task} of plan ${plan} fails, or let what it needs be checked before the dear tasks.`,
          evidence: { sessions: test.of, attempts: own.length },
          effect: {
            what: `at most: cost of ${lost.length} sessions before it failed`,
            unit: 'usd',
            ...scaled(spent, lost.length),
          },
          links: linksTo(own.filter(({ succeeded }) => !succeeded)),
        },
      };
    }
  }
}

/** Empty where the session did not come to the task, or nothing is known of its cost. */
function fateOf(session: readonly Example[], task: string): Fate[] {
  const own = session.filter((example) => example.task === task);
  const begins = own.map(({ startedAt, endedAt }) => startedAt ?? endedAt);
  const begin = Math.min(...begins);
  const costOf = (some: readonly Example[]): number => some.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0);
  const all = costOf(session);
  if (own.length === 0 || all <= 0) return [];
  const before = costOf(session.filter((example) => example.task !== task && example.endedAt <= begin));
  const failed = !own.some(({ succeeded }) => succeeded);
  return [{ failsLate: failed && before / all > most, spentUsd: before }];
}
