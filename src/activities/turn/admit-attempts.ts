import type { Answer, Asked, BudgetQuestion, NewLease, WantedAmount } from '../../contracts/ports/turn-store';
import type { CostRates } from '../../domain/agents/agent';
import { isForNow, isWaitedForInLine, limitsOfWorkspace, placesAccount } from '../../domain/budget/accounts';
import type { AccountLimit } from '../../domain/budget/accounts';
import { Admissions } from '../../domain/budget/admit';
import { countAhead } from '../../domain/budget/ahead';
import type { LinePosition } from '../../domain/line-position';
import type { ReservationRequest, Shortage } from '../../domain/budget/admit';
import type { Amounts } from '../../domain/budget/amounts';
import { rateWords, shortageWords, waitWordsOf } from '../../domain/budget/shortage-words';
import { worstCase } from '../../domain/budget/worst-case';
import { policyOf } from '../../domain/session/outline';
import type { Startable } from '../../domain/session/queue';
import { findRun } from '../../domain/session/state';
import { reservationOf, taskOf } from './budget-scope';
import { ask, stateOfQuestion } from './questions';
import { lineUpForAgent } from './route';
import type { TurnDraft } from './turn-draft';

/** An attempt that has its agent, or a child session. */
export interface Candidate {
  start: Startable;
  /** An index into the outline's agents, `noAgent`, or the name of an agent of the registry. */
  agent: number | string;
  /** Of the agent; a child session has none and reserves nothing. */
  rates?: CostRates | undefined;
  /** Where so many attempts of the agent may start in a window. */
  startLimit?: AccountLimit | undefined;
  lease: Omit<NewLease, 'accounts' | 'reservedMicros' | 'reservedTokens' | 'reservedMs'>;
}

export interface Admitted extends Candidate {
  lease: NewLease;
}

interface Request extends ReservationRequest {
  candidate: Candidate;
}

/**
 * The attempts that every budget has room for. Of the others, those wait that may find room once attempts in flight have used less than they
 * reserved; the rest fails, or waits for an approval where the plan says so.
 */
export async function admitAttempts(draft: TurnDraft, candidates: readonly Candidate[]): Promise<Admitted[]> {
  const ofWorkspace = limitsOfWorkspace(draft.turn.workspaceLimits, draft.turn.now);
  const requests = candidates.map((candidate): Request => {
    if (reservesNothing(candidate)) return { candidate, limits: [], amounts: {} };
    const { limits, ...price } = reservationOf(draft, candidate.start);
    const ofAgent = candidate.startLimit ? [candidate.startLimit] : [];
    return { candidate, limits: [...limits, ...ofWorkspace, ...ofAgent], amounts: worstCase(price, candidate.rates) };
  });
  const limits = distinct(requests.flatMap((request) => request.limits));
  if (limits.length === 0) return requests.map(admitted);
  const fitting = await fittingRequests(draft, limits, requests);
  // A run that failed for its budget may have ended others with it.
  return fitting.filter(({ candidate }) => findRun(draft.state, candidate.start)?.status === 'queued').map(admitted);
}

async function fittingRequests(
  draft: TurnDraft,
  limits: readonly AccountLimit[],
  requests: readonly Request[],
): Promise<Request[]> {
  const { turn } = draft;
  const { balances, begun } = await turn.lockAccounts(
    limits,
    requests.map(({ candidate }) => candidate.lease),
  );
  const hasReservation = new Set(begun.map(keyOf));
  const admissions = new Admissions(balances);
  const over: { request: Request; shortages: Shortage[] }[] = [];
  const waiters = await waitersBefore(draft, limits);
  const fitting = requests.filter((request) => {
    if (hasReservation.has(keyOf(request.candidate.lease))) return true;
    const ahead = countAhead(waiters, positionOf(draft, request.candidate.start));
    const admission = admissions.admit({ ...request, ahead });
    if (admission.kind === 'waits') wait(draft, request, admission.shortages);
    if (admission.kind === 'over') over.push({ request, shortages: admission.shortages });
    return admission.kind === 'fits';
  });
  const asking = over.filter(
    ({ request, shortages }) =>
      taskOf(draft, request.candidate.start).onBudget === 'ask' &&
      shortages.every(({ wanted }) => wanted !== undefined),
  );
  for (const one of over) if (!asking.includes(one)) fail(draft, one.request, shortageWords(one.shortages));
  return asking.length === 0 ? fitting : [...fitting, ...(await approved(draft, asking, admissions))];
}

/** Who of other sessions waits for the workspace: nobody overtakes those who come before. */
async function waitersBefore({ turn }: TurnDraft, limits: readonly AccountLimit[]): Promise<LinePosition[]> {
  const shared = limits.filter(({ account }) => isWaitedForInLine(account));
  return shared.length === 0 ? [] : turn.waitersForWorkspace(Math.max(...shared.map(({ limit }) => limit)));
}

function positionOf(draft: TurnDraft, start: Startable): LinePosition {
  const queuedAt = findRun(draft.state, start)?.queuedAt ?? 0;
  return { priority: policyOf(draft.loaded.index, start.task).priority, since: draft.state.startedAt + queuedAt };
}

/** Asks, or follows what was answered; returns what was approved. */
async function approved(
  draft: TurnDraft,
  asking: readonly { request: Request; shortages: Shortage[] }[],
  admissions: Admissions,
): Promise<Request[]> {
  const answers = await draft.turn.answers(asking.map(({ request }) => request.candidate.lease));
  const used: string[] = [];
  const through = asking.flatMap(({ request, shortages }) => {
    const question = questionOf(draft, request, shortages);
    const state = stateOfQuestion(question, answers);
    const { answer } = state;
    if (answer?.status === 'approved') {
      // An approval lets nobody start before the others may.
      const limits = request.limits.filter(({ account }) => isForNow(account));
      const admission = admissions.admit({ limits, amounts: request.amounts });
      if (admission.kind !== 'fits') {
        wait(draft, request, admission.shortages);
        return [];
      }
      used.push(answer.id);
      return [request];
    }
    if (answer?.status === 'rejected') fail(draft, request, rejectedWords(answer, shortages));
    else wait(draft, request, shortages, ask(question, state));
    return [];
  });
  await draft.turn.useApprovals(used);
  return through;
}

function questionOf(
  { turn }: TurnDraft,
  { candidate, amounts }: Request,
  shortages: readonly Shortage[],
): BudgetQuestion {
  const { run, attempt, agent } = candidate.lease;
  return {
    kind: 'budget',
    session: turn.session.id,
    run,
    attempt,
    agent,
    reserves: {
      costMicros: amounts.costMicros ?? null,
      tokens: amounts.tokens ?? null,
      attempts: amounts.attempts ?? 0,
      timeMs: amounts.timeMs ?? null,
    },
    exceeds: shortages.map((shortage) => wantedOf(shortage, amounts)),
  };
}

function wait(
  draft: TurnDraft,
  { candidate, limits, amounts }: Request,
  shortages: readonly Shortage[],
  asked?: Asked<BudgetQuestion>,
): void {
  const { start, lease } = candidate;
  const { run, attempt } = lease;
  draft.forgetAssignment(run);
  const ofOthers = shortages.filter(({ account }) => account !== candidate.startLimit?.account);
  if (ofOthers.length === 0) return lineUpForAgent(draft, start, agentStartsWords(lease.agent, shortages));
  const waitsFor = waitWordsOf(ofOthers);
  if (waitsFor === null)
    draft.errors.set(
      run,
      asked
        ? `${shortageWords(shortages)} It waits for an answer: \`orchestra approvals approve ${asked.id}\`, or \`reject\`.`
        : `${shortageWords(shortages)} It waits for attempts in flight to use less than they reserved.`,
    );
  draft.waitForBudget(start, {
    run,
    attempt,
    wants: limits.filter((limit) => limit !== candidate.startLimit).map((limit) => wantedOf(limit, amounts)),
    ...positionOf(draft, start),
    reason:
      waitsFor === null ? 'budget' : ofOthers.some(({ account }) => account === placesAccount) ? 'places' : 'rate',
    waitsFor,
    ...(asked && { ask: asked }),
  });
}

/** Another agent may be able to start it before this one may. */
function agentStartsWords(agent: string, [shortage]: readonly Shortage[]): string {
  return shortage ? `an agent: ${agent} has started ${rateWords(shortage)}` : 'an agent';
}

function fail(draft: TurnDraft, { candidate: { start, lease } }: Request, error: string): void {
  draft.forgetAssignment(lease.run);
  draft.errors.set(lease.run, error);
  draft.apply(['over-budget', start.task, start.item]);
}

function admitted({ candidate, limits, amounts }: Request): Admitted {
  const accounts = reservesNothing(candidate) ? null : [...new Set(limits.map(({ account }) => account))];
  const { start, agent, rates, startLimit } = candidate;
  return {
    start,
    agent,
    rates,
    startLimit,
    // What is added comes first: V8 takes far longer to put more into a copy.
    lease: {
      accounts,
      reservedMicros: amounts.costMicros,
      reservedTokens: amounts.tokens,
      reservedMs: amounts.timeMs,
      ...candidate.lease,
    },
  };
}

function rejectedWords({ id }: Answer, shortages: readonly Shortage[]): string {
  return `${shortageWords(shortages)} To go over it was rejected (${id}).`;
}

function wantedOf({ account, unit, limit }: AccountLimit, amounts: Amounts): WantedAmount {
  return { account, unit, limit, wanted: amounts[unit] ?? null };
}

/** The attempts of a child session reserve for themselves; nobody works for its lease. */
function reservesNothing({ lease }: Candidate): boolean {
  return lease.grantMs === null;
}

function distinct(limits: readonly AccountLimit[]): AccountLimit[] {
  return [...new Map(limits.map((limit) => [`${limit.account} ${limit.unit}`, limit])).values()];
}

function keyOf({ run, attempt }: { run: string; attempt: number }): string {
  return `${run}/${attempt}`;
}
