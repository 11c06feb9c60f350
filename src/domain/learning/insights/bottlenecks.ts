import type { Example } from './example';
import { linksTo } from './hypothesis';
import type { Hypothesis } from './hypothesis';
import { InsightKind } from './insight';
import type { Insight } from './insight';
import { testShareAbove } from './share-above';
import { mean } from './statistics/summary';
import { bySession, groupBy } from './units';
import { aboutDuration } from '../../routing/plain-words';
import { percent } from './words';

/** More often than in half of the sessions it takes more than half of the time. */
const most = 0.5;

/** Who waits for less does not wait. */
const shortestWaitMs = 1_000;

/** What one task took of one session: from its first attempt to the end of its last, so that items side by side count once. */
interface TaskTime {
  task: string;
  spanMs: number;
  /** Of the spans of all tasks. */
  share: number;
  waitedMs: number | null;
}

/** Tasks that take most of the time of the sessions of a plan, or that wait for longer than they work. */
export function* bottleneckHypotheses(examples: readonly Example[]): Iterable<Hypothesis> {
  for (const [plan, ofPlan] of groupBy(examples, (example) => example.plan)) {
    if (plan === '') continue;
    const times = bySession(ofPlan)
      .map(timesOf)
      .filter(({ length }) => length >= 2)
      .flat();
    const attempts = groupBy(ofPlan, ({ task }) => task);
    for (const [task, own] of groupBy(times, (time) => time.task)) {
      yield* longest(plan, task, own, attempts.get(task) ?? []);
      yield* waiting(plan, task, own, attempts.get(task) ?? []);
    }
  }
}

function timesOf(session: readonly Example[]): TaskTime[] {
  const spans = [...groupBy(session, ({ task }) => task)].flatMap(([task, attempts]) => {
    const begins = attempts.map(({ startedAt }) => startedAt).filter((at) => at !== null);
    if (begins.length === 0) return [];
    const spanMs = Math.max(...attempts.map(({ endedAt }) => endedAt)) - Math.min(...begins);
    return [{ task, spanMs, waitedMs: attempts.find(({ waitedMs }) => waitedMs !== null)?.waitedMs ?? null }];
  });
  const total = spans.reduce((sum, { spanMs }) => sum + spanMs, 0);
  return spans.map((span) => ({ ...span, share: total === 0 ? 0 : span.spanMs / total }));
}

function longest(plan: string, task: string, times: readonly TaskTime[], attempts: readonly Example[]): Hypothesis[] {
  const test = testShareAbove(
    times.map(({ share }) => share > most),
    most,
  );
  if (!test) return [];
  const share = mean(times.map((time) => time.share));
  const spanMs = mean(times.map((time) => time.spanMs));
  const says = `Task ${task} takes ${percent(share)} of the time of the tasks of plan ${plan}, ${aboutDuration(spanMs)} on average (${test.of} sessions).`;
  return [{ ...test, insight: () => bottleneck(plan, task, 'work', says, test, attempts) }];
}

function waiting(plan: string, task: string, times: readonly TaskTime[], attempts: readonly Example[]): Hypothesis[] {
  const known = times.flatMap(({ waitedMs, spanMs }) => (waitedMs === null ? [] : [{ waitedMs, spanMs }]));
  const test = testShareAbove(
    known.map(({ waitedMs, spanMs }) => waitedMs > spanMs && waitedMs >= shortestWaitMs),
    most,
  );
  if (!test) return [];
  const waitedMs = mean(known.map((time) => time.waitedMs));
  const spanMs = mean(known.map((time) => time.spanMs));
  const says = `Task ${task} of plan ${plan} waits ${aboutDuration(waitedMs)} on average before it begins, and works ${aboutDuration(spanMs)} (${test.of} sessions).`;
  return [{ ...test, insight: () => bottleneck(plan, task, 'wait', says, test, attempts) }];
}

function bottleneck(
  plan: string,
  task: string,
  by: 'work' | 'wait',
  says: string,
  { hits, of }: { hits: number; of: number },
  attempts: readonly Example[],
): Omit<Insight, 'confidence'> {
  return {
    kind: InsightKind.bottleneck,
    scope: { plan, task },
    feature: { by },
    says,
    counts: { sessions: of, sessionsInWhichItDoes: hits },
    links: linksTo(attempts),
  };
}
