import { attemptEnded, attemptUnstarted } from '../../contracts/protocol/attempt-events';
import { eventIds } from '../../contracts/protocol/ids';
import type { AttemptEnded, Command, SessionEvent } from '../../domain/session/events';
import { compileCondition, evaluateCondition } from '../../domain/expressions/condition';
import { OrchestraError } from '../../domain/errors';
import type { ArtifactStore } from '../../contracts/ports/artifact-store';
import type { PlanStore } from '../../contracts/ports/plan-store';
import type { AttemptKey, StoredOutcome } from '../../contracts/ports/turn-store';
import { withItem } from '../../domain/plan/item-scope';
import { tasksInGate } from '../../domain/plan/task-references';
import { parseRunKey, runKey, splitRunKey, wholeTask } from '../../domain/session/run-key';
import { registryAgent } from '../../domain/session/outline';
import { findRun, isInLine } from '../../domain/session/state';
import { checkGrant } from './conflicts';
import { readEdit } from './read-edit';
import type { TurnDraft } from './turn-draft';
import { turnScope } from './turn-scope';

export interface EventSources {
  artifacts: ArtifactStore;
  plans: PlanStore;
}

/**
 * Takes in the events of a turn, in order. What the database knows better than the messenger is put right first: a lost attempt
 * whose outcome is stored has ended, one that is still heard of goes on, and one that began after all was not left unstarted.
 */
export async function acceptEvents(
  draft: TurnDraft,
  { artifacts, plans }: EventSources,
  events: readonly SessionEvent[],
): Promise<void> {
  if (draft.turn.isReset) lineUpAnew(draft);
  const { alreadyAccepted } = draft.turn;
  const seen = new Set(alreadyAccepted.keys());
  const losses = await lookUpLosses(
    draft,
    events.filter((event) => event.type === 'attempt-lost' && !seen.has(event.id)),
  );
  const granted = await draft.turn.grantedTokens(
    events.flatMap((event) => (event.type === 'agent-granted' && !seen.has(event.id) ? [event.run] : [])),
  );
  for (const event of events) {
    // Each brings an outline with it, and the result of a turn takes only so much: the next turn takes in the next.
    if (event.type === 'edit-requested' && draft.hasNewPlan) continue;
    const refusal = alreadyAccepted.get(event.id);
    if (refusal) draft.refusals[event.id] = refusal;
    const truth = seen.has(event.id)
      ? undefined
      : await putRight(draft, { artifacts, plans }, { losses, granted }, event);
    seen.add(event.id);
    // The same outcome can come under two names: as the end of the attempt, and as its loss.
    const isKnown = truth !== undefined && truth.id !== event.id && seen.has(truth.id);
    if (truth === undefined || isKnown || isAhead(draft, truth)) draft.dropped.push(event.id);
    else {
      seen.add(truth.id);
      if (truth.id !== event.id) draft.dropped.push(event.id);
      const { commands, index } = draft.accept(truth);
      if (index && truth.type === 'edit-requested')
        draft.adopt(await plans.load(draft.turn.session.workspace, truth.to));
      await stopAttempts(draft, commands);
    }
  }
}

/** A reset of the workflow has emptied the lines of the session: who waited there before the turn it was reset to tries again. */
function lineUpAnew(draft: TurnDraft): void {
  const { state, loaded, turn } = draft;
  if (state.inLine === 0) return;
  const waiting = state.tasks.flatMap((task, at) =>
    [{ run: task, item: wholeTask }, ...(task.items ?? []).map((run, item) => ({ run, item }))]
      .filter(({ run }) => isInLine(run))
      .map(({ item }) => runKey(loaded.index, { task: at, item })),
  );
  for (const run of waiting) draft.accept({ id: eventIds.lineReset(run, turn.number), type: 'turn-came', run });
}

/** What the database knows about what the events of a turn say. */
interface Truth {
  losses: Losses;
  /** Tokens of the leases that the line has taken, by run. */
  granted: ReadonlyMap<string, number>;
}

async function putRight(
  draft: TurnDraft,
  { artifacts, plans }: EventSources,
  { losses, granted }: Truth,
  event: SessionEvent,
): Promise<SessionEvent | undefined> {
  switch (event.type) {
    case 'session-started':
      return { ...event, ...(await expectedMs(draft)) };
    case 'attempt-lost':
      return whatBecameOf(draft, losses, event);
    case 'attempt-unstarted': {
      // A branch that a reset has left may have withdrawn what this one still waits for.
      const unbegun = await withdrawAll(draft, [event]);
      return unbegun.length > 0 ? event : undefined;
    }
    // One of a branch that was left, or that was given back since.
    case 'agent-granted':
      return granted.get(event.run) === event.token ? checkGrant(draft, artifacts, event) : undefined;
    case 'attempt-ended':
      return gateOfChild(draft, artifacts, event);
    case 'edit-requested':
      return { ...event, edit: await readEdit(draft, plans, event) };
    default:
      return event;
  }
}

/**
 * Whether the session has not started the attempt yet: a reset of the workflow left the branch that did. It is taken in once it
 * has been started again; accepted now, it would be dropped then.
 */
function isAhead({ loaded, state }: TurnDraft, event: SessionEvent): boolean {
  if (event.type !== 'attempt-ended') return false;
  const ref = parseRunKey(loaded.index, event.run);
  const run = ref && findRun(state, ref);
  return event.attempt > (run?.attempt ?? 0);
}

/** What the database knows of attempts that are said to be lost, by run and attempt. */
interface Losses {
  outcomes: ReadonlyMap<string, StoredOutcome>;
  withdrawn: ReadonlySet<string>;
}

const keyOf = ({ run, attempt }: AttemptKey): string => `${run}/${attempt}`;

/** Asks for all of them at once: after an outage they come by the hundred. Those nobody is heard of are lost from here on. */
async function lookUpLosses(draft: TurnDraft, events: readonly SessionEvent[]): Promise<Losses> {
  const attempts = events.flatMap((event): AttemptKey[] =>
    event.type === 'attempt-lost' ? [{ run: event.run, attempt: event.attempt }] : [],
  );
  const lost = await draft.turn.loseExpired(attempts);
  draft.holdsRooms ||= lost.length > 0;
  const outcomes = new Map((await draft.turn.outcomes(attempts)).map((outcome) => [keyOf(outcome), outcome]));
  // A worker took it from Temporal and was gone before it began: nobody can begin it now.
  const unknown = attempts.filter((attempt) => !outcomes.has(keyOf(attempt)));
  return { outcomes, withdrawn: new Set((await withdraw(draft, unknown)).map(keyOf)) };
}

function whatBecameOf(
  draft: TurnDraft,
  { outcomes, withdrawn }: Losses,
  event: SessionEvent & { type: 'attempt-lost' },
): SessionEvent | undefined {
  const outcome = outcomes.get(keyOf(event));
  if (withdrawn.has(keyOf(event))) return attemptUnstarted(event.run, event.attempt);
  // Still within its lease: it goes on elsewhere, and its outcome will be signalled.
  if (!outcome || outcome.isAccepted) return undefined;
  if (!outcome.lost) return attemptEnded(event.run, event.attempt, outcome);
  draft.acceptedOutcomes.push({ run: event.run, attempt: event.attempt });
  return event;
}

/** The result of a child session passes the gate of its task here: no agent worker sees it. */
async function gateOfChild(draft: TurnDraft, artifacts: ArtifactStore, event: AttemptEnded): Promise<AttemptEnded> {
  const { name, item } = splitRunKey(event.run);
  const task = draft.loaded.plan.tasks[name];
  if (task?.work.kind !== 'plan' || !task.gate || event.verdict !== 'succeeded') return event;
  const [outcome] = await draft.turn.outcomes([event]);
  const scope = await turnScope(artifacts, draft, tasksInGate(task));
  const hash = outcome?.outputHash;
  const output =
    hash === undefined ? null : ((await artifacts.getJson(draft.turn.session.workspace, [hash])).get(hash) ?? null);
  try {
    if (evaluateCondition(compileCondition(task.gate.check), { ...withItem(scope, task, item), output })) return event;
    draft.errors.set(event.run, `The gate did not pass: ${task.gate.check}`);
  } catch (error) {
    if (!(error instanceof OrchestraError)) throw error;
    draft.errors.set(event.run, error.message);
  }
  return { ...event, verdict: 'failed', ...(task.gate.onFailure === 'fail' && { retryable: false }) };
}

async function expectedMs(draft: TurnDraft): Promise<{ expectedMs?: number[] }> {
  const { outline } = draft.loaded.index;
  // Tasks will be assigned next, most likely, and then this is waited for as well.
  if (outline.tasks.some(({ agents }) => agents.includes(registryAgent))) void draft.requirementsInLine();
  const durations = await draft.turn.expectedDurations(outline.tasks.map(({ name }) => name));
  if (durations.size === 0) return {};
  return { expectedMs: outline.tasks.map(({ name }) => durations.get(name) ?? 0) };
}

/** Stops agents, of agent workers through their leases. An attempt that nobody has begun ends here and now. */
async function stopAttempts(draft: TurnDraft, commands: readonly Command[]): Promise<void> {
  const stops = commands.flatMap((command) =>
    command.type === 'stop-attempt' ? [{ run: command.run, attempt: command.attempt }] : [],
  );
  if (stops.length === 0) return;
  // All leases are locked before accounts of budgets, which what is withdrawn gives back to: a worker that settles locks them so.
  await draft.turn.cancelLeases(stops);
  // Those whose agents were called in this process end by themselves, and are settled as others are.
  const withdrawn = await withdraw(draft, draft.uncalled(stops));
  for (const { run, attempt } of withdrawn) {
    draft.accept(attemptUnstarted(run, attempt));
  }
}

/** Ends leases that nobody has begun; returns those it ended. */
async function withdraw(draft: TurnDraft, attempts: readonly AttemptKey[]): Promise<AttemptKey[]> {
  return (await withdrawAll(draft, attempts)).filter(({ hadEnded }) => !hadEnded);
}

/** The same; returns those as well that had ended before. */
async function withdrawAll(draft: TurnDraft, attempts: readonly AttemptKey[]) {
  const unbegun = await draft.turn.withdrawUnbegun(attempts);
  draft.holdsRooms ||= unbegun.some(({ hadEnded }) => !hadEnded);
  return unbegun;
}
