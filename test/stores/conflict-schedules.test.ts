import fc from 'fast-check';
import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import type { SessionEvent } from '../../src/domain/session/events';
import { attemptEnded, attemptLost, attemptUnstarted } from '../../src/contracts/protocol/attempt-events';
import { clashOf } from '../../src/domain/conflicts/claim';
import { outcomeEvent } from '../../src/workers/backstop';
import { turnsThatCame } from '../../src/workers/conflict-keeper';
import { started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const names = ['file:a', 'file:b', 'file:c/**', 'file:c/d', 'file:*'];

const resources = fc.record({
  writes: fc.subarray(names, { maxLength: 2 }),
  reads: fc.subarray(names, { maxLength: 1 }),
  priority: fc.integer({ min: 1, max: 3 }),
});
type Needs = typeof resources extends fc.Arbitrary<infer T> ? T : never;

const keysOf = ({ writes, reads, priority }: Needs): string =>
  [
    `priority: ${priority}`,
    ...(writes.length > 0 ? [`writes: ${JSON.stringify(writes)}`] : []),
    ...(reads.length > 0 ? [`reads: ${JSON.stringify(reads)}`] : []),
  ].join(', ');

const head = (name: string): string =>
  `version: 1\nname: ${name}\nagents: { ok: { connector: simulated, latency: 1ms } }\ndefaults: { onFailure: continue, retry: { attempts: 2, initialInterval: 0ms } }\ntasks:\n`;
const agentTask = (name: string, needs: Needs, more = ''): string =>
  `  ${name}: { agent: ok, ${keysOf(needs)}${more} }\n`;

/** Two tasks at once, one after them, and one with a sub-plan of two. */
const planOf = ([a, b, c, sub]: readonly [Needs, Needs, Needs, Needs]): string =>
  `${head('plan')}${agentTask('a', a)}${agentTask('b', b)}${agentTask('c', c, ', needs: [a]')}  sub: { plan: ./inner.plan.yaml, ${keysOf(sub)} }\n`;
const innerOf = ([a, b, c]: readonly [Needs, Needs, Needs, Needs]): string =>
  `${head('inner')}${agentTask('x', c)}${agentTask('y', b)}${agentTask('z', a, ', needs: [x]')}`;

const plans = fc.tuple(resources, resources, resources, resources);
const kinds = [
  'turn',
  'turn',
  'turn',
  'begin',
  'settle',
  'fail',
  'lose',
  'pause',
  'resume',
  'reset',
  'cancel',
] as const;
const step = fc.record({ kind: fc.constantFrom(...kinds), at: fc.nat(5), dice: fc.nat(1_000) });
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Sessions of one workspace, and everybody who works on them. */
class Crowd {
  private readonly drivers = new Map<string, SessionDriver>();
  /** Activities that workflows have scheduled, by which turn, and whether they have come back. */
  private activities: { turn: number; attempt: RunTaskInput; isDone: boolean }[] = [];
  private readonly told = new Map<string, SessionEvent[]>();
  private requests = 0;

  async add(plan: Parameters<typeof planOf>[0]): Promise<void> {
    const session = await stores.addSession(planOf(plan), { files: { 'inner.plan.yaml': innerOf(plan) } });
    this.drivers.set(session.id, session);
  }

  get open(): SessionDriver[] {
    return [...this.drivers.values()].filter(({ state }) => !state?.ended);
  }

  /** Takes these steps at once; but turns of a session come one after the other, as those of a workflow do. */
  async takeAll(steps: readonly Step[]): Promise<void> {
    const all = [...this.drivers.values()];
    const busy = new Set<SessionDriver>();
    await Promise.all(
      steps.map(async ({ kind, at, dice }) => {
        const session = all[at % all.length];
        if (!session) return;
        if (kind === 'begin' || kind === 'settle' || kind === 'fail') return this.work(session, kind, dice);
        if (busy.has(session)) return;
        busy.add(session);
        if (kind === 'turn') return this.turn(session);
        if (kind === 'lose') return this.lose(session);
        if (kind === 'reset') return this.reset(session, dice);
        if (session.state && !session.state.ended && (kind !== 'cancel' || dice < 200)) {
          this.tell(session.id, { id: `${kind}-${++this.requests}`, type: `${kind}-requested` });
        }
      }),
    );
  }

  /** Delivers all that there is to know to the session. */
  async turn(session: SessionDriver, ...more: SessionEvent[]): Promise<void> {
    if (session.state?.ended) return;
    const news = await turnsThatCame(stores.conflicts, testWorkspace, 0);
    for (const [id, events] of news) events.forEach((event) => this.tell(id, event));
    const outcomes = (await stores.backstop.unacceptedOutcomes(-60_000, 1_000)).filter(
      (outcome) => outcome.session === session.id,
    );
    const events = [
      ...(session.state ? [] : [started]),
      ...outcomes.map(outcomeEvent),
      ...(this.told.get(session.id) ?? []),
      ...more,
    ];
    this.told.delete(session.id);
    const { turn } = session;
    const { commands, attempts } = await session.take(
      ...events.filter(({ id }, at) => events.findIndex((e) => e.id === id) === at),
    );
    this.activities.push(...attempts.map((attempt) => ({ turn, attempt, isDone: false })));
    for (const command of commands) {
      if (command.type === 'start-child' || command.type === 'tell-child') {
        const id = `${session.id}.${command.run}${command.attempt > 1 ? `.${command.attempt}` : ''}`;
        if (!this.drivers.has(id)) this.drivers.set(id, stores.driverOf(id));
        if (command.type === 'tell-child' && command.tell === 'cancel') {
          this.tell(id, { id: `parent-${++this.requests}`, type: 'cancel-requested' });
        }
      }
    }
  }

  /** Does something with an attempt of the session, as an agent worker does. */
  async work({ id }: SessionDriver, kind: 'begin' | 'settle' | 'fail', dice = 0): Promise<void> {
    const attempts = await this.attempts(id);
    const attempt = attempts[dice % Math.max(1, attempts.length)];
    if (!attempt) return;
    const { run, attempt: number } = attempt;
    const beginning = await stores.attempts.begin(attempt, 'worker');
    if (beginning.kind === 'refused') this.tell(id, attemptUnstarted(run, number));
    if (beginning.kind === 'settled') this.tell(id, attemptEnded(run, number, beginning));
    if (beginning.kind === 'begun') {
      if (kind === 'begin') return;
      await stores.attempts.settle(settlement(attempt, kind === 'fail' ? { verdict: 'failed' } : {}));
    }
    for (const activity of this.activities) activity.isDone ||= activity.attempt.token === attempt.token;
  }

  /** Those that activities wait for, and those that are in flight since before a reset. */
  async attempts(id: string): Promise<RunTaskInput[]> {
    const { rows } = await stores.pool.query<{ run: string; attempt: number; token: number }>(
      `SELECT run, attempt, token FROM leases
       WHERE session = $1 AND released_at IS NULL AND begun_at IS NOT NULL AND agent <> 'session' ORDER BY run`,
      [id],
    );
    const scheduled = this.activities.flatMap(({ attempt, isDone }) =>
      attempt.session === id && !isDone ? [attempt] : [],
    );
    const begun = rows.map((row) => ({ workspace: testWorkspace, session: id, ...row }));
    return [...scheduled, ...begun.filter(({ token }) => scheduled.every((other) => other.token !== token))];
  }

  private tell(id: string, event: SessionEvent): void {
    this.told.set(id, [...(this.told.get(id) ?? []), event]);
  }

  private async lose(session: SessionDriver): Promise<void> {
    await stores.expireLeases(session);
    for (const { run, attempt } of await this.attempts(session.id)) this.tell(session.id, attemptLost(run, attempt));
  }

  private reset(session: SessionDriver, dice: number): void {
    const turns = session.turnsTaken;
    if (turns.length === 0) return;
    const first = turns[dice % turns.length] ?? 1;
    this.drivers.set(session.id, session.reset(first));
    this.activities = this.activities.filter(({ turn, attempt }) => attempt.session !== session.id || turn < first);
    // What had come back since is forgotten, and they are carried out again.
    for (const activity of this.activities) if (activity.attempt.session === session.id) activity.isDone = false;
  }
}

/** Attempts in flight at once that must not be. */
async function clashes(): Promise<string[]> {
  const { holders } = await stores.conflicts.claims(testWorkspace);
  const worksFor = (inner: string, outer: { session: string; run: string }): boolean =>
    inner.startsWith(`${outer.session}.${outer.run}`);
  return holders.flatMap((one, at) =>
    holders
      .slice(at + 1)
      .filter((other) => clashOf(one.claim, other.claim))
      .filter((other) => !worksFor(one.session, other) && !worksFor(other.session, one))
      .map((other) => `${one.session}/${one.run} and ${other.session}/${other.run}`),
  );
}

it('runs that must not be at it at once never are, and everybody ends, whatever happens in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(plans, { minLength: 2, maxLength: 3 }),
      fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { maxLength: 25 }),
      async (drawn, batches) => {
        // What a counterexample left behind would be in the way of smaller ones.
        await stores.pool.query('UPDATE leases SET released_at = now() WHERE released_at IS NULL');
        await stores.pool.query('DELETE FROM resource_waits');
        const crowd = new Crowd();
        for (const plan of drawn) await crowd.add(plan);
        for (const batch of batches) {
          await crowd.takeAll(batch);
          expect(await clashes()).toEqual([]);
        }
        for (let rounds = 0; crowd.open.length > 0; rounds++) {
          if (rounds > 100) throw new Error(`stuck: ${crowd.open.map(({ id }) => id).join(', ')}`);
          for (const session of crowd.open) {
            const resume: SessionEvent = { id: `go-on-${rounds}`, type: 'resume-requested' };
            await crowd.turn(session, ...(session.state?.paused ? [resume] : []));
            for (const _ of await crowd.attempts(session.id)) await crowd.work(session, 'settle');
            expect(await clashes()).toEqual([]);
          }
        }
        expect(await stores.conflicts.claims(testWorkspace)).toEqual({ holders: [], waiters: [] });
      },
    ),
    { endOnFailure: true, numRuns: Number(process.env['CONFLICT_SCHEDULES'] ?? 12) },
  );
});
