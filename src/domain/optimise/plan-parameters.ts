import { formatDuration } from '../duration';
import { isTimeoutKey, taskKey, timeoutKeyPrefix } from '../settings/task-timeouts';
import type { Example } from '../learning/insights/example';
import type { Hypothesis } from '../learning/insights/hypothesis';
import type { InsightScope } from '../learning/insights/insight';
import { retryHypotheses } from '../learning/insights/retries';
import { timeoutHypotheses } from '../learning/insights/timeouts';
import { inOrder, sessionMeans, smallestSample } from '../learning/insights/units';
import { scopeWords } from '../learning/insights/words';
import { meanInterval, normalInterval, scaled } from './interval';
import type { Evidence } from './evidence';
import type { Candidate, Change, Effect } from './proposal';
import { ProposalKind } from './proposal';

/** Retries in vain, and timeouts that are too long or too short. These stand in plan files; a workspace can shorten timeouts by a setting of its own. */
export function* planParameterCandidates({ examples, options }: Evidence): Iterable<Candidate> {
  const ordered = inOrder(examples);
  for (const hypothesis of retryHypotheses(ordered)) yield* retries(hypothesis, ordered);
  for (const hypothesis of timeoutHypotheses(ordered)) yield* timeouts(hypothesis, ordered, options);
}

function* retries({ p, matters, insight }: Hypothesis, examples: readonly Example[]): Iterable<Candidate> {
  const { scope, feature, says, links } = insight();
  if (feature['outcome'] !== 'in vain') return;
  const again = examples.filter((one) => isIn(scope, one) && one.attempt > 1);
  const effect = spentOn(again);
  if (!effect) return;
  yield {
    p: matters ? p : 1,
    proposal: {
      kind: ProposalKind.retries,
      says,
      change: null,
      advice: `Write \`retry: { attempts: 1 }\` in ${scopeWords(scope)}, or have failures looked at instead.`,
      evidence: { sessions: new Set(again.map(({ session }) => session)).size, attempts: again.length },
      effect,
      links,
    },
  };
}

/** Money where it is known, else time. */
function spentOn(again: readonly Example[]): Effect | undefined {
  const costs = sessionMeans(again, ({ costUsd }) => costUsd);
  if (costs.length >= smallestSample) {
    return { what: `cost of ${again.length} retries`, unit: 'usd', ...scaled(meanInterval(costs), again.length) };
  }
  const times = sessionMeans(again, ({ durationMs }) => durationMs);
  if (times.length < smallestSample) return undefined;
  return { what: `time of ${again.length} retries`, unit: 'ms', ...scaled(meanInterval(times), again.length) };
}

function* timeouts(
  { p, matters, insight }: Hypothesis,
  examples: readonly Example[],
  options: Evidence['options'],
): Iterable<Candidate> {
  const { scope, says, links, advice } = insight();
  const timeoutMs = advice?.['timeoutMs'];
  const own = examples.filter(({ plan, task }) => plan === scope.plan && task === scope.task);
  const newest = own.at(-1);
  // What was reported has no timeout of ours.
  const current = newest?.timeoutMs;
  if (timeoutMs === undefined || !newest || current === undefined || current === null) return;
  const cut = own.filter(({ timedOut }) => timedOut).length;
  // How often it happens by chance: a Poisson count.
  const effect: Effect =
    timeoutMs < current
      ? {
          what: `time that ${cut} hanging attempts were waited for`,
          unit: 'ms',
          ...scaled(normalInterval(cut, Math.sqrt(cut)), current - timeoutMs),
        }
      : {
          what: 'attempts that are not ended before they are done',
          unit: 'share',
          ...normalInterval(
            cut / own.length,
            Math.sqrt((cut / own.length) * (1 - cut / own.length)) / Math.sqrt(own.length),
          ),
        };
  const written = formatDuration(wholeSeconds(timeoutMs));
  const change = timeoutSetting(own, { isShorter: timeoutMs < current, written }, options);
  yield {
    p: matters ? p : 1,
    proposal: {
      kind: ProposalKind.timeout,
      says,
      change,
      advice: change ? null : `Write \`timeout: ${written}\` in task ${newest.task} of plan ${newest.plan}.`,
      evidence: { sessions: new Set(own.map(({ session }) => session)).size, attempts: own.length },
      effect,
      links,
    },
  };
}

/** Of the workspace. It only shortens what plans say, so a longer one is a change of the setting alone; and agents of plans keep to their plans. */
function timeoutSetting(
  own: readonly Example[],
  { isShorter, written }: { isShorter: boolean; written: string },
  options: Evidence['options'],
): Change | null {
  const [{ plan, task } = { plan: '', task: '' }] = own;
  const key = `${timeoutKeyPrefix}${taskKey(plan, task)}` as const;
  if (!isShorter && options[key] === undefined) return null;
  if (!isTimeoutKey(key) || !own.every(({ agent }) => agent.includes('/'))) return null;
  return { of: 'settings', before: { [key]: options[key] ?? null }, after: { [key]: written } };
}

function wholeSeconds(durationMs: number): number {
  return Math.ceil(durationMs / 1_000) * 1_000;
}

function isIn({ capability = '', taskType }: InsightScope, example: Example): boolean {
  return example.capability === capability && example.taskType === taskType;
}
