import type { AgentKey } from '../../domain/agents/agent';
import type { InlineAttempts } from '../../contracts/ports/inline-attempts';
import type { CalledAttempt } from '../../contracts/ports/turn-store';
import { attemptEnded } from '../../contracts/protocol/attempt-events';
import { isRefusedValue } from '../../domain/refused-value';
import type { SessionEvent } from '../../domain/session/events';
import { AttemptsAhead } from './attempts-ahead';
import type { AgentHere, AheadLimits } from './attempts-ahead';
import type { TakenTurn, TurnAdditions } from './take-turn';

const aheadLimits: AheadLimits = { attempts: 2_000, bytes: 32 * 1024 * 1024, started: 500, waiting: 100 };

/** Takes the turn after `last`, with what came in. */
type TakeNext = (
  last: TakenTurn,
  next: Required<Pick<TurnAdditions, 'freed' | 'isLast' | 'settlements' | 'uncalled'>> & { events: SessionEvent[] },
) => Promise<TakenTurn>;

/**
 * Runs inline attempts that turns have started, and takes turn after turn with what they come to, until none is left or the time is up. `turns`: the
 * turn that began it, and those that an earlier call has committed behind it; the new ones are added. What it leaves started is dispatched
 * by the workflow; returns those of it whose agents were called all the same. See docs/decisions on running ahead.
 */
export async function runAhead(
  inline: InlineAttempts,
  turns: TakenTurn[],
  takeNext: TakeNext,
  { limits = aheadLimits, now = Date.now }: { limits?: AheadLimits; now?: () => number } = {},
): Promise<CalledAttempt[]> {
  const ahead = new AttemptsAhead(inline, limits, now);
  try {
    for (const turn of turns) ahead.start(turn, lastOf(turns));
    for (let ended = await ahead.nextEnded(); ended.length > 0; ended = await ahead.nextEnded()) {
      const settlements = ended.map(({ settlement }) => settlement);
      const events = settlements.map(({ attempt, ...outcome }) => attemptEnded(attempt.run, attempt.attempt, outcome));
      const freed = ended.flatMap(({ agent }) => ofRegistry(agent) ?? []);
      const uncalled = ahead.uncalled.bind(ahead);
      const additions = { events, settlements, freed, isLast: ahead.isFull, uncalled };
      const next = await takeNext(lastOf(turns), additions).catch(undefinedWhereRefused);
      // It would be refused again: workers do what ended just now, each by itself, and the session hears which it was.
      if (!next) break;
      turns.push(next);
      if (!next.isRepeat) ahead.noteCommitted(settlements);
      ahead.leaveOverdue(next);
      ahead.start(next, next);
    }
    return ahead.leftUnfinished(lastOf(turns));
  } finally {
    ahead.giveUp();
  }
}

function undefinedWhereRefused(error: unknown): undefined {
  if (!isRefusedValue(error)) throw error;
}

function lastOf(turns: readonly TakenTurn[]): TakenTurn {
  const last = turns.at(-1);
  if (!last) throw new RangeError('running ahead begins with a turn');
  return last;
}

/** There is room at it again when it has done an attempt; undefined of an agent of the plan. */
function ofRegistry({ agent: name, agentWorkspace: workspace }: AgentHere): AgentKey | undefined {
  return workspace === undefined ? undefined : { workspace, name };
}
