import type { FoundRoom, NewGrant, WaitingLineTransaction } from '../contracts/ports/waiting-line-store';
import { limitsOfWorkspace, usedOf } from '../domain/budget/accounts';
import { Admissions } from '../domain/budget/admit';
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
  const admitted: NewGrant[] = [];
  const refused: Parameters<WaitingLineTransaction['waitForBudget']>[0][number][] = [];
  for (const { grant, ofAgent, limits, amounts } of requests) {
    const { waiter } = grant;
    const admission = admissions.admit({ limits, amounts });
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
