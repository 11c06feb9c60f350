import type { FoundRoom, NewGrant, WaitingLineTransaction } from '../contracts/ports/waiting-line-store';
import { limitsOfWorkspace } from '../domain/budget/accounts';
import { Admissions } from '../domain/budget/admit';
import { placesWordsOf } from '../domain/budget/shortage-words';
import { worstCase } from '../domain/budget/worst-case';
import type { Roster } from '../domain/routing/roster';

/** The grants that every budget has room for; the others wait for their budgets from here on. */
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
    const amounts = worstCase(price, roster.entry(grant.agent)?.profile.cost);
    return { grant, limits: [...limits, ...ofWorkspace], amounts };
  });
  const locked = await line.lockAccounts(
    requests.flatMap(({ grant: { waiter }, limits }) =>
      limits.map((limit) => ({ ...limit, workspace: waiter.workspace })),
    ),
  );
  // Accounts of different workspaces can have the same name.
  const admissions = new Map(
    requests.map(({ grant: { waiter } }) => [
      waiter.workspace,
      new Admissions(locked.filter(({ workspace }) => workspace === waiter.workspace)),
    ]),
  );
  const admitted: NewGrant[] = [];
  const refused: Parameters<WaitingLineTransaction['waitForBudget']>[0][number][] = [];
  for (const { grant, limits, amounts } of requests) {
    const { waiter } = grant;
    const admission = admissions.get(waiter.workspace)?.admit({ limits, amounts });
    if (!admission) continue;
    if (admission.kind === 'fits') {
      admitted.push({ ...grant, accounts: [...new Set(limits.map(({ account }) => account))], amounts });
    } else refused.push({ waiter, limits, amounts, waitsFor: placesWordsOf(admission.shortages) });
  }
  await line.waitForBudget(refused);
  return admitted;
}
