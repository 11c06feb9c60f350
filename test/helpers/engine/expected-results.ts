import type { Outline } from '../../../src/domain/session/outline';
import { wholeTask } from '../../../src/domain/session/run-key';
import type { Verdict } from '../../../src/domain/verdict';

/** What decides a session that nobody disturbs. */
export interface Fate {
  answer(task: number): 'skip' | 'reject' | number;
  /** Of the n-th attempt of a run that counts, from 0. */
  verdict(task: number, item: number, tried: number): Verdict;
}

/** What becomes of each task by the rules of the plan format alone, where no failure ends the session: `skipped: need`. */
export function expectedResults(outline: Outline, fate: Fate): string[] {
  const results: string[] = [];
  outline.tasks.forEach(({ needs, policy, conditional, forEach, race, fallback }, task) => {
    const { retry } = outline.policies[policy] ?? { retry: { attempts: 0 } };
    const chances = retry.attempts * (fallback === undefined ? 1 : 2);
    const succeeds = (item: number): boolean =>
      Array.from({ length: chances }, (_, tried) => fate.verdict(task, item, tried)).includes('succeeded');

    const passesSkipOn = (need: number): boolean => {
      const { onFailure } = outline.policies[outline.tasks[need]?.policy ?? -1] ?? {};
      if (results[need] === 'skipped: need') return true;
      return (results[need]?.startsWith('failed') ?? false) && onFailure !== 'continue';
    };
    const answer = fate.answer(task);
    if (needs.some(passesSkipOn)) results.push('skipped: need');
    else if (answer === 'reject' && (conditional || forEach)) results.push('failed: evaluation');
    else if (answer === 'skip' && conditional) results.push('skipped: condition');
    else if (forEach) {
      const items = Array.from({ length: typeof answer === 'number' ? answer : 0 }, (_, item) => succeeds(item));
      results.push(items.every(Boolean) ? 'succeeded' : 'failed: items');
    } else if (race !== undefined) {
      const wins = Array.from({ length: race }, (_, racer) => succeeds(racer)).some(Boolean);
      results.push(wins ? 'succeeded' : 'failed: racers');
    } else results.push(succeeds(wholeTask) ? 'succeeded' : 'failed: attempts');
  });
  return results;
}
