import type { LineReservation } from '../../contracts/ports/turn-store';
import { limitsOfTask } from '../../domain/budget/accounts';
import type { Task } from '../../domain/plan/plan';
import { attemptTerms } from '../../domain/routing/attempt-terms';
import type { AttemptTerms } from '../../domain/routing/attempt-terms';
import { taskAt } from '../../domain/session/outline';
import type { Startable } from '../../domain/session/queue';
import type { RunRef } from '../../domain/session/run-key';
import type { TurnDraft } from './turn-draft';

export function taskOf({ loaded }: TurnDraft, { task }: RunRef): Task {
  const { name } = taskAt(loaded.index, task);
  const found = loaded.plan.tasks[name];
  if (!found) throw new RangeError(`plan ${loaded.hash} has no task "${name}"`);
  return found;
}

/** What the plan says of the attempt, and leaves to what is known of its agent. */
export function termsOf(draft: TurnDraft, { attempt, ...ref }: Startable): AttemptTerms {
  const { name } = taskAt(draft.loaded.index, ref.task);
  return attemptTerms(taskOf(draft, ref), name, attempt, draft.loaded.plan.name);
}

/** What an attempt of the run has to keep to, besides the limits of the workspace, and what is known of its price. */
export function reservationOf(draft: TurnDraft, ref: RunRef): LineReservation {
  const { loaded, turn } = draft;
  const { name } = taskAt(loaded.index, ref.task);
  const task = taskOf(draft, ref);
  return {
    limits: limitsOfTask({
      session: turn.session.id,
      inherited: turn.session.budgets,
      sessionBudget: loaded.plan.budget,
      task: name,
      taskBudget: task.budget,
    }),
    reserve: task.reserve ?? {},
    timeoutMs: task.timeoutMs,
  };
}
