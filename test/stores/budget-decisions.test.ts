import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import type { SessionEvent } from '../../src/domain/session/events';
import { createAgentRegistry } from '../../src/stores/agents';
import { createApprovalStore } from '../../src/stores/approvals';
import { createBudgetWaitStore } from '../../src/stores/budget-waits';
import { createBudgetStore } from '../../src/stores/budgets';
import type { ApprovalStore } from '../../src/contracts/ports/approval-store';
import type { BudgetStore } from '../../src/contracts/ports/budget-store';
import { wakeBudgetWaiters } from '../../src/workers/budget-keeper';
import { grantRoom } from '../../src/workers/grant-room';
import { definitionOf } from '../helpers/agent-definitions';
import { brokenAccounts } from './budget-sums';
import { ended, lost, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let approvals: ApprovalStore;
let budgets: BudgetStore;

beforeAll(async () => {
  stores = await openTestStores();
  approvals = createApprovalStore(stores.pool);
  budgets = createBudgetStore(stores.pool);
});
afterAll(() => stores.close());
afterEach(async () => {
  await budgets.setLimits(testWorkspace, 'day', []);
  await stores.pool.query(`DELETE FROM budget_accounts WHERE account LIKE 'workspace/%'`);
});

const fan = (more: string, items = 3): string => `
version: 1
name: fan
agents: { ok: { connector: simulated } }
concurrency: 10
${more}
tasks:
  each: { forEach: [${Array.from({ length: items }, (_, item) => item).join(', ')}], agent: ok }
`;

async function settle(attempt: RunTaskInput | undefined, costUsd?: number): Promise<SessionEvent> {
  if (!attempt) throw new Error('an attempt was expected');
  await stores.attempts.begin(attempt, 'worker');
  const { costUsd: _, ...unknown } = settlement(attempt);
  await stores.attempts.settle({ ...unknown, ...(costUsd !== undefined && { costUsd }) });
  return ended(attempt.run, attempt.attempt);
}

/** What the session is told when the budgets are looked at. */
async function woken(session: SessionDriver): Promise<SessionEvent[]> {
  const told: SessionEvent[] = [];
  const signal = (_: string, id: string, events: SessionEvent[]): Promise<boolean> => {
    if (id === session.id) told.push(...events);
    return Promise.resolve(true);
  };
  await wakeBudgetWaiters({ store: createBudgetWaitStore(stores.pool), signal, onError: () => undefined });
  return told;
}

async function errorOf(session: SessionDriver, run: string): Promise<string | null | undefined> {
  return (await stores.catalog.runs(testWorkspace, session.id)).find((one) => one.run === run)?.error;
}

const runsOf = (attempts: RunTaskInput[]): string[] => attempts.map(({ run }) => run);

describe('a budget of a session', () => {
  it('lets attempts wait for what others have reserved, and go on with what those did not use', async () => {
    const session = await stores.addSession(fan('budget: { costUsd: 1.2 }\ndefaults: { reserve: { costUsd: 0.5 } }'));
    const first = await session.take(started);
    expect(runsOf(first.attempts)).toEqual(['each[0]', 'each[1]']);
    expect(await errorOf(session, 'each[2]')).toContain('has no room for $0.50: of $1.20, $0.00 spent, $1.00 reserved');
    expect(await woken(session)).toEqual([]);
    const end = await settle(first.attempts[0], 0.1);
    const events = await woken(session);
    expect(events).toMatchObject([{ type: 'turn-came', run: 'each[2]' }]);
    // Told again at once, it is told nothing: the first time is on its way.
    expect(await woken(session)).toEqual([]);
    const second = await session.take(end, ...events);
    expect(runsOf(second.attempts)).toEqual(['each[2]']);
  });

  it('of time is reserved by the timeout, and settled to how long the attempt took', async () => {
    const session = await stores.addSession(fan('budget: { time: 45s }\ndefaults: { timeout: 20s }'));
    const first = await session.take(started);
    expect(runsOf(first.attempts)).toEqual(['each[0]', 'each[1]']);
    expect(await errorOf(session, 'each[2]')).toContain('has no room for 20s: of 45s, 0ms spent, 40s reserved');
    const end = await settle(first.attempts[0]);
    expect(runsOf((await session.take(end, ...(await woken(session)))).attempts)).toEqual(['each[2]']);
    expect(await budgets.ofSession(testWorkspace, session.id)).toMatchObject([
      { unit: 'timeMs', limit: 45_000, spent: 2_000, kept: 0, reserved: 40_000 },
    ]);
    expect(await brokenAccounts(stores.pool)).toEqual([]);
  });

  it('is waited for again after a reset of the workflow to a turn in which its attempts waited', async () => {
    const session = await stores.addSession(fan('budget: { costUsd: 1.2 }\ndefaults: { reserve: { costUsd: 0.5 } }'));
    const first = await session.take(started);
    await session.take({ id: 'pause', type: 'pause-requested' });
    const again = session.reset(2);
    await again.take({ id: 'resume', type: 'resume-requested' });
    const end = await settle(first.attempts[0], 0.1);
    const events = await woken(again);
    expect(events).toMatchObject([{ type: 'turn-came', run: 'each[2]' }]);
    expect(runsOf((await again.take(end, ...events)).attempts)).toEqual(['each[2]']);
  });

  it('fails what will never fit, says why, and lets the session end', async () => {
    const session = await stores.addSession(
      fan('budget: { costUsd: 1 }\ndefaults: { onFailure: continue, reserve: { costUsd: 0.5 } }'),
    );
    const { attempts } = await session.take(started);
    const ends = [await settle(attempts[0], 0.5), await settle(attempts[1])];
    const { result } = await session.take(...ends, ...(await woken(session)));
    expect(result.decisions).toContainEqual(['over-budget', 0, 2]);
    expect(session.state?.ended?.status).toBe('failed');
    expect(await errorOf(session, 'each[2]')).toBe(
      `The budget of session ${session.id} has no room for $0.50: of $1.00, $0.50 spent, $0.50 kept for attempts of unknown use, $0.00 reserved.`,
    );
    expect(await budgets.useOfSession(testWorkspace, session.id)).toEqual({
      costMicros: 500_000,
      tokens: 200,
      attempts: 2,
      unknown: 1,
      overReservation: 0,
    });
  });

  it('takes the real cost of a lost attempt in place of what was kept for it', async () => {
    const session = await stores.addSession(
      fan('budget: { costUsd: 1 }\ndefaults: { reserve: { costUsd: 0.5 }, retry: { attempts: 1 } }', 1),
    );
    const { attempts } = await session.take(started);
    const [attempt] = attempts;
    if (!attempt) throw new Error('an attempt was expected');
    await stores.attempts.begin(attempt, 'worker');
    await stores.expireLeases(session);
    await session.take(lost(attempt.run));
    const [kept] = await budgets.ofSession(testWorkspace, session.id);
    expect(kept).toMatchObject({ reserved: 0, kept: 500_000, spent: 0 });
    await stores.attempts.settle(settlement(attempt, { costUsd: 0.2 }));
    const [settled] = await budgets.ofSession(testWorkspace, session.id);
    expect(settled).toMatchObject({ reserved: 0, kept: 0, spent: 200_000 });
    expect(await brokenAccounts(stores.pool)).toEqual([]);
  });

  it('gets back what was reserved for an attempt that nobody began', async () => {
    const session = await stores.addSession(fan('budget: { attempts: 3 }'));
    await session.take(started);
    await session.take({ id: 'cancel', type: 'cancel-requested' });
    expect(await budgets.ofSession(testWorkspace, session.id)).toMatchObject([{ reserved: 0, kept: 0, spent: 0 }]);
  });

  it('counts what is used beyond the reservation as it is, and says so', async () => {
    const session = await stores.addSession(fan('budget: { costUsd: 1 }\ndefaults: { reserve: { costUsd: 0.5 } }', 1));
    const { attempts } = await session.take(started);
    await settle(attempts[0], 1.75);
    expect(await budgets.ofSession(testWorkspace, session.id)).toMatchObject([{ spent: 1_750_000, limit: 1_000_000 }]);
    expect(await budgets.useOfSession(testWorkspace, session.id)).toMatchObject({ overReservation: 1 });
  });

  it('counts the attempts of child sessions, and those of their task', async () => {
    const parent = await stores.addSession(
      `
version: 1
name: parent
budget: { attempts: 5 }
tasks: { review: { plan: ./child.plan.yaml, budget: { attempts: 2 } } }
`,
      {
        files: {
          'child.plan.yaml': fan('budget: { attempts: 4 }'),
          './child.plan.yaml': fan('budget: { attempts: 4 }'),
        },
      },
    );
    await parent.take(started);
    const child = stores.driverOf(`${parent.id}.review`);
    const { attempts } = await child.take(started);
    expect(runsOf(attempts)).toEqual(['each[0]', 'each[1]']);
    expect(await errorOf(child, 'each[2]')).toContain(
      `The budget of task "review" in session ${parent.id} has no room`,
    );
    const balances = await budgets.ofSession(testWorkspace, child.id);
    expect(balances.map(({ account, limit, reserved }) => [account, limit, reserved])).toEqual([
      [`session/${parent.id}`, 5, 2],
      [`session/${child.id}`, 4, 2],
      [`task/${parent.id}/review`, 2, 2],
    ]);
  });

  it('holds for agents of the registry that others wait for', async () => {
    await createAgentRegistry(stores.pool).add(testWorkspace, [
      definitionOf('ada', { maxConcurrent: 1, cost: { perAttemptUsd: 0.5, perHourUsd: 0 } }),
    ]);
    stores.directory.forget();
    const session = await stores.addSession(`
version: 1
name: registered
budget: { costUsd: 0.7 }
defaults: { onFailure: continue }
tasks: { one: { agent: ada }, two: { agent: ada } }
`);
    const { attempts } = await session.take(started);
    expect(runsOf(attempts)).toEqual(['one']);
    expect(session.state?.tasks.map(({ reason }) => reason)).toEqual([undefined, 'capacity']);
    const end = await settle(attempts[0], 0.5);
    stores.directory.forget();
    // It has left the line for agents, and the room that it did not take may be for others.
    expect(await grantRoom(stores.line, stores.directory)).toMatchObject({ turns: [], again: true });
    await session.take(end, ...(await woken(session)));
    expect(session.state?.tasks[1]).toMatchObject({ status: 'failed', reason: 'budget' });
  });
});

describe('a budget of a workspace', () => {
  it('holds for all sessions, and an attempt whose cost nobody knows does not start', async () => {
    const leave = async (micros: number): Promise<void> => {
      await budgets.setLimits(testWorkspace, 'day', [{ unit: 'costMicros', limit: 1_000_000_000 }]);
      const [today] = await budgets.ofWorkspace(testWorkspace);
      const limit = (today?.spent ?? 0) + (today?.kept ?? 0) + (today?.reserved ?? 0) + micros;
      await budgets.setLimits(testWorkspace, 'day', [{ unit: 'costMicros', limit }]);
    };
    await leave(1_000_000);
    const one = await stores.addSession(fan('defaults: { reserve: { costUsd: 0.4 } }', 2));
    const other = await stores.addSession(fan('defaults: { reserve: { costUsd: 0.4 } }', 2));
    const unknown = await stores.addSession(fan('', 1));
    expect((await one.take(started)).attempts).toHaveLength(2);
    expect((await other.take(started)).attempts).toHaveLength(0);
    await unknown.take(started);
    expect(await errorOf(unknown, 'each[0]')).toContain(
      'nobody knows what this attempt may use. Give its task a `reserve',
    );
    await leave(500_000);
    const { attempts } = await other.take(...(await woken(other)));
    expect(runsOf(attempts)).toEqual(['each[0]']);
  });

  it('counts what was used on the day before it was set', async () => {
    const session = await stores.addSession(fan('defaults: { reserve: { costUsd: 0.4 } }', 1));
    const { attempts } = await session.take(started);
    await settle(attempts[0], 0.3);
    await budgets.setLimits(testWorkspace, 'day', [{ unit: 'costMicros', limit: 100_000_000 }]);
    const [today] = await budgets.ofWorkspace(testWorkspace);
    const { rows } = await stores.pool.query<{ spent: number }>(
      'SELECT sum(spent_micros)::bigint AS spent FROM ledger',
    );
    expect(today?.spent).toBe(rows[0]?.spent);
  });
});

describe('a task that asks', () => {
  const asking = fan(
    'budget: { costUsd: 1 }\ndefaults: { onBudget: ask, onFailure: continue, reserve: { costUsd: 0.7 } }',
    2,
  );

  async function askedSession() {
    const session = await stores.addSession(asking);
    const { attempts } = await session.take(started);
    await session.take(await settle(attempts[0], 0.7), ...(await woken(session)));
    const [approval] = (await approvals.list(testWorkspace, { onlyOpen: true, limit: 10 })).filter(
      ({ question }) => question.session === session.id,
    );
    if (!approval) throw new Error('a question was expected');
    return { session, approval };
  }

  it('waits, and goes on once with an approval of exactly what it asks', async () => {
    const { session, approval } = await askedSession();
    expect(session.status('each')).toBe('running');
    expect(session.state?.tasks[0]?.items?.[1]).toMatchObject({ status: 'waiting', reason: 'budget' });
    expect(approval.question).toEqual({
      kind: 'budget',
      session: session.id,
      run: 'each[1]',
      attempt: 1,
      agent: 'ok',
      reserves: { costMicros: 700_000, tokens: null, attempts: 1, timeMs: 1_800_000 },
      exceeds: [{ account: `session/${session.id}`, unit: 'costMicros', limit: 1_000_000, wanted: 700_000 }],
    });
    expect(await woken(session)).toEqual([]);
    expect(await approvals.decide(testWorkspace, approval.id, 'approved', 'ada')).toMatchObject({ status: 'approved' });
    expect(await approvals.decide(testWorkspace, approval.id, 'rejected', 'bob')).toBeUndefined();
    const { attempts } = await session.take(...(await woken(session)));
    expect(runsOf(attempts)).toEqual(['each[1]']);
    expect(await approvals.find(testWorkspace, approval.id)).toMatchObject({
      decidedBy: 'ada',
      usedAt: expect.any(Number),
    });
    // The next attempt of the run is another question.
    const [attempt] = attempts;
    if (!attempt) throw new Error('an attempt was expected');
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt, { verdict: 'rate_limited', costUsd: 0, retryAfterMs: 0 }));
    await session.take({
      id: 'ended/each[1]/1',
      type: 'attempt-ended',
      run: 'each[1]',
      attempt: 1,
      verdict: 'rate_limited',
    });
    await session.take({ id: 'time', type: 'time-passed', at: 3_600_000 });
    const open = await approvals.list(testWorkspace, { onlyOpen: true, limit: 10 });
    expect(open.filter(({ question }) => question.session === session.id)).toMatchObject([
      { question: { attempt: 2 } },
    ]);
  });

  it('fails with a rejection', async () => {
    const { session, approval } = await askedSession();
    await approvals.decide(testWorkspace, approval.id, 'rejected', 'ada');
    await session.take(...(await woken(session)));
    expect(session.state?.tasks[0]?.items?.[1]).toMatchObject({ status: 'failed', reason: 'budget' });
    expect(await errorOf(session, 'each[1]')).toContain(`To go over it was rejected (${approval.id}).`);
  });

  it('withdraws its question when it does not wait any more, and asks the same again after a pause', async () => {
    const { session, approval } = await askedSession();
    await session.take({ id: 'pause', type: 'pause-requested' });
    expect(await approvals.find(testWorkspace, approval.id)).toMatchObject({ status: 'withdrawn' });
    expect(await approvals.decide(testWorkspace, approval.id, 'approved', 'ada')).toBeUndefined();
    await session.take({ id: 'resume', type: 'resume-requested' });
    const open = await approvals.list(testWorkspace, { onlyOpen: true, limit: 10 });
    expect(open.filter(({ question }) => question.session === session.id)).toMatchObject([
      { id: approval.id, questionHash: approval.questionHash },
    ]);
  });
});
