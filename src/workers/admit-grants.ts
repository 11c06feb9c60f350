import type { FoundRoom, NewGrant, WaitingLineTransaction } from '../contracts/ports/waiting-line-store';
import { isWaitedForInLine, limitsOfWorkspace, usedOf } from '../domain/budget/accounts';
import type { WorkspaceLimit } from '../domain/budget/accounts';
import { Admissions } from '../domain/budget/admit';
import { countAhead } from '../domain/budget/ahead';
import type { LinePosition } from '../domain/line-position';
import { ownerOf } from '../domain/budget/rate-accounts';
import { waitWordsOf } from '../domain/budget/shortage-words';
import { worstCase } from '../domain/budget/worst-case';
import { startLimitOf } from '../domain/routing/agent-profile';
import type { Roster } from '../domain/routing/roster';

/** The grants that every budget has room for; the others wait for their budgets from here on, or for another agent where theirs may start no more. */
export async function admitGrants(
  line: WaitingLineTransaction,
  roster: Roster,
  wanted: readonly FoundRoom[],
): Promise<NewGrant[]> {
  if (wanted.length === 0) return [];
  const ofWorkspaces = await line.workspaceLimits([...new Set(wanted.map(({ waiter }) => waiter.workspace))]);
  const requests = wanted.map((grant) => {
    const { limits, ...price } = grant.waiter.reservation;
    const ofWorkspace = limitsOfWorkspace(ofWorkspaces.get(grant.waiter.workspace) ?? [], line.now);
    const profile = roster.entry(grant.agent)?.profile;
    const ofAgent = profile && startLimitOf(profile, line.now);
    // Accounts of different workspaces can have the same name, and one of an agent belongs to its own.
    const all = [...limits, ...ofWorkspace, ...(ofAgent ? [ofAgent] : [])].map((limit) => ({
      ...limit,
      workspace: ownerOf(limit.account, grant.waiter.workspace),
    }));
    return { grant, ofAgent: ofAgent?.account, limits: all, amounts: worstCase(price, profile?.cost) };
  });
  const locked = await line.lockAccounts(requests.flatMap(({ limits }) => limits));
  const admissions = new Admissions(locked);
  for (const balance of locked) roster.setStarts(balance.account, usedOf(balance) + balance.reserved);
  const waiters = await waitersBefore(line, ofWorkspaces);
  const admitted: NewGrant[] = [];
  const refused: Parameters<WaitingLineTransaction['waitForBudget']>[0][number][] = [];
  for (const { grant, ofAgent, limits, amounts } of requests) {
    const { waiter } = grant;
    const { priority, waitingSinceMs: since } = waiter;
    const ahead = countAhead(waiters.get(waiter.workspace) ?? [], { priority, since });
    const admission = admissions.admit({ limits, amounts, ahead });
    if (admission.kind === 'fits') {
      admitted.push({ ...grant, accounts: [...new Set(limits.map(({ account }) => account))], amounts });
      continue;
    }
    const shortages = admission.shortages.filter(({ account }) => account !== ofAgent);
    const others = limits.filter(({ account }) => account !== ofAgent);
    if (shortages.length > 0) refused.push({ waiter, limits: others, amounts, waitsFor: waitWordsOf(shortages) });
  }
  await line.waitForBudget(refused);
  return admitted;
}

/** Who waits for each workspace: nobody who has found an agent overtakes those who come before. */
async function waitersBefore(
  line: WaitingLineTransaction,
  ofWorkspaces: ReadonlyMap<string, readonly WorkspaceLimit[]>,
): Promise<Map<string, LinePosition[]>> {
  const waiters = new Map<string, LinePosition[]>();
  for (const [workspace, limits] of ofWorkspaces) {
    const shared = limitsOfWorkspace(limits, line.now).filter(({ account }) => isWaitedForInLine(account));
    const most = Math.max(0, ...shared.map(({ limit }) => limit));
    if (most > 0) waiters.set(workspace, await line.waitersForWorkspace(workspace, most));
  }
  return waiters;
}
