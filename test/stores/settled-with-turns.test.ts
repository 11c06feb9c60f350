import { takeTurn } from '../../src/activities/turn/take-turn';
import type { TakenTurn, TurnAdditions } from '../../src/activities/turn/take-turn';
import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { ended, started } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

// A turn that follows one of its process settles what has ended in it with all that it writes; any other settles it first, by another statement.

let stores: TestStores;
beforeAll(async () => {
  stores = await openTestStores();
  // What it says is kept from then on, as a process keeps it at hand where that is not committed yet.
  const { open, attemptOf } = play(false);
  const { session, taken } = await open();
  await stores.attempts.settle(settlement(attemptOf(session.id, taken), { value: 'said' }));
});
afterAll(() => stores.close());

const echo = 'echo: { connector: simulated }';
const chain = `{ version: 1, name: settled, agents: { ${echo} }, tasks: {
  first: { agent: echo }, second: { agent: echo, needs: [first], if: "tasks.first.output == 'said'" }, third: { agent: echo, needs: [second] } },
  outputs: { said: "\${{ tasks.third.output }}", before: "\${{ tasks.first.output }}" } }`;
const runs = ['first', 'second', 'third'];

/** Plays the chain turn by turn; `isNext`: each turn is given what the one before has left. */
function play(isNext: boolean, plan = chain) {
  const { turns, plans, artifacts, directory } = stores;
  const work = { turns, plans, artifacts, directory };
  const open = async () => {
    const session = await stores.addSession(plan);
    return { session, taken: await takeTurn(work, session.request(started)) };
  };
  const attemptOf = (session: string, { turn: { decisions } }: TakenTurn): RunTaskInput => {
    const start = decisions.find(([kind]) => kind === 'start');
    return { workspace: testWorkspace, session, run: runs[Number(start?.[1])]!, attempt: 1, token: Number(start?.[5]) };
  };
  const next = (
    { session, taken }: Awaited<ReturnType<typeof open>>,
    attempt: RunTaskInput,
    { events = [ended(attempt.run)], ...additions }: TurnAdditions & { events?: ReturnType<typeof ended>[] } = {},
  ) => {
    const request = { ...session.request(...events), turn: taken.number + 1, state: taken.state };
    const ground = isNext && taken.ground ? { ground: taken.ground } : {};
    const settlements = [settlement(attempt, { value: 'said', needs: attempt.run === 'first' ? [] : ['first'] })];
    return takeTurn(work, request, { settlements, ...ground, ...additions });
  };
  return { open, attemptOf, next };
}

async function rowsOf(session: string): Promise<unknown> {
  const read = async (text: string): Promise<object[]> => (await stores.pool.query<object>(text, [session])).rows;
  const rows = {
    outcomes: await read(
      `SELECT to_jsonb(outcomes) - '{session,token,started_at,ended_at,settled_at,duration_ms}'::text[] AS row FROM outcomes WHERE session = $1 ORDER BY run`,
    ),
    leases: await read(
      `SELECT run, attempt, released_at IS NOT NULL AS released, begun_at IS NOT NULL AS begun, holder FROM leases WHERE session = $1 ORDER BY run`,
    ),
    ledger: await read(
      `SELECT to_jsonb(ledger) - '{session,token,at,spent_ms,id}'::text[] AS row FROM ledger WHERE session = $1 ORDER BY run, entry`,
    ),
    tasks: await read(`SELECT run, status, attempt, error FROM task_runs WHERE session = $1 ORDER BY run`),
    events: await read(`SELECT seq, turn, event_id, type, run FROM session_events WHERE session = $1 ORDER BY seq`),
    ends: await read(`SELECT status, turn, outputs_hash, next_seq FROM sessions WHERE id = $1`),
    runs: await read(`SELECT first_turn FROM session_runs WHERE session = $1`),
  };
  return JSON.parse(JSON.stringify(rows).replaceAll(session, 'it')) as unknown;
}

it.each([
  ['in order', chain],
  ['with a budget', chain.replace('agents:', 'budget: { attempts: 10 }, agents:')],
])('leaves behind what any other turn leaves: %s', async (_name, plan) => {
  const [here, elsewhere] = await Promise.all(
    [true, false].map(async (isNext) => {
      const { open, attemptOf, next } = play(isNext, plan);
      const { session, taken: first } = await open();
      let taken = first;
      for (const run of runs) {
        const attempt = attemptOf(session.id, taken);
        expect(attempt.run).toBe(run);
        taken = await next({ session, taken }, attempt);
      }
      expect(taken.state.ended).toBeDefined();
      const { rows } = await stores.pool.query<{ body: Buffer }>(
        `SELECT body FROM artifacts JOIN sessions ON hash = outputs_hash AND artifacts.workspace = sessions.workspace WHERE id = $1`,
        [session.id],
      );
      expect(JSON.parse(String(rows[0]?.body))).toEqual({ said: 'said', before: 'said' });
      return rowsOf(session.id);
    }),
  );
  expect(here).toEqual(elsewhere);
  expect(here).toMatchObject({ leases: runs.map(() => ({ released: true })), tasks: { length: 3 } });
});

it('keeps what a turn does not accept, for one that does', async () => {
  const { open, attemptOf, next } = play(true);
  const { session, taken } = await open();
  const attempt = attemptOf(session.id, taken);
  const without = await next({ session, taken }, attempt, { events: [] });
  const accepted = async (): Promise<object[]> =>
    (await stores.pool.query<object>(`SELECT run, accepted_turn FROM outcomes WHERE session = $1`, [session.id])).rows;
  expect(await accepted()).toEqual([{ run: 'first', accepted_turn: null }]);

  const later = await next({ session, taken: without }, attempt, { settlements: [] });
  expect(attemptOf(session.id, later).run).toBe('second');
  expect(await accepted()).toEqual([{ run: 'first', accepted_turn: 3 }]);
});

it.each([
  ['that ended meanwhile', 'released_at = now()'],
  ['that somebody else has by now', 'token = token + 1000000'],
])('does what any other turn does with a lease %s', async (_name, change) => {
  const [here, elsewhere] = await Promise.all(
    [true, false].map(async (isNext) => {
      const { open, attemptOf, next } = play(isNext);
      const { session, taken } = await open();
      const attempt = attemptOf(session.id, taken);
      await stores.pool.query(`UPDATE leases SET ${change} WHERE session = $1`, [session.id]);
      const settled = await next({ session, taken }, attempt).then(
        ({ turn }) => turn.accepted,
        (error: unknown) => String(error).replaceAll(session.id, 'it'),
      );
      return { settled, rows: await rowsOf(session.id) };
    }),
  );
  expect(here).toEqual(elsewhere);
});
