import type { PlacedRun, SessionOverview } from '../../../src/contracts/ports/session-catalog';
import type { EndedAttempt } from '../../../src/domain/metrics/session-metrics';
import { client, installation, run, session } from './scripted-host';
import type { Ran } from './scripted-host';

const begin = Date.UTC(2026, 2, 1, 9);
const runOf = (task: string, startedAt: number, endedAt: number) =>
  ({ run: task, task, item: -1, startedAt: begin + startedAt, endedAt: begin + endedAt }) as PlacedRun;
const attemptOf = (task: string, from: number, to: number, verdict = 'succeeded'): EndedAttempt => ({
  ...{ task, run: task, agent: 'ada', verdict, startedAt: begin + from, endedAt: begin + to },
  ...{ costUsd: 0.25, tokens: 10, quality: 0.8 },
});

function report(startedAt: number | null, args: string[] = []): Promise<Ran> {
  const plan = { plan: { tasks: { fix: { needs: [] }, test: { needs: ['fix'] } } } };
  const metrics = {
    of: async () => [],
    ofSession: async () => [
      attemptOf('fix', 0, 10_000, 'failed'),
      attemptOf('fix', 11_000, 30_000),
      attemptOf('test', 40_000, 60_000),
    ],
  };
  const shown = session({
    overview: async () => ({ startedAt, endedAt: begin + 60_000, status: 'succeeded' }) as SessionOverview,
    runs: async () => [runOf('fix', 11_000, 30_000), runOf('test', 40_000, 60_000)],
    plan: async () => plan as never,
  });
  const server = installation({ metrics, client: client({ get: async () => shown }) });
  return run(['sessions', 'report', 'hello', ...args], { folder: { openRunning: async () => server } });
}

test('says how much was done at once, who did it, and what held the session up', async () => {
  const { stdout, exitCode } = await report(begin);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('It took 1m 00s, with 49s of work: 0.8 attempts at once.');
  expect(stdout).toContain('The longest chain took 50s, 83% of that: fix → test.');
  expect(stdout).toContain('10s went into attempts that did not succeed.');
  expect(stdout).toMatch(/^ada +2 +3 +1 +49s +100% +\$0\.75 +30 +0\.80$/m);
  expect(stdout).toContain('  test: took 20s, waited 10s');
});

test('prints JSON, and says so where nothing has begun', async () => {
  const { stdout } = await report(begin, ['-o', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({
    session: 'hello-k3f9x2',
    status: 'succeeded',
    workMs: 49_000,
    lostMs: 10_000,
  });
  expect((await report(null)).stderr).toContain('has not begun');
});
