import { randomBytes } from 'node:crypto';
import type { SessionHandle } from '../../src/client/session-handle';
import type { SessionState } from '../../src/domain/session/state';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { expectSound, select } from '../helpers/e2e/sound-session';
import { until } from '../helpers/until';

jest.setTimeout(1_200_000);

const outputBytes = 30_000;
const fannedIn = 1_000;
const items = 4_000;

/** What one workflow run may come to. */
const maxEvents = 4_500;
const maxHistoryBytes = 2_000_000;
const maxStateBytesPerRun = 150;

let rig: CrashRig;

beforeEach(async () => {
  rig = await CrashRig.open({ environment: { ORCHESTRA_LEASE_MS: '60000' } });
  await Promise.all([rig.startWorker(['sessions']), rig.startWorker(['agents'])]);
});
afterEach(() => rig.close());

/** Reads its request from stdin, and says how many different outputs of which size it was given. */
const collector = `
  const { input } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  const texts = Object.values(input).map((output) => JSON.stringify(output));
  console.log(JSON.stringify({ different: new Set(texts).size, smallest: Math.min(...texts.map(({ length }) => length)) }));`;

it('finishes 5,000 tasks with 30 KB outputs each, 1,000 of which one task fans in', async () => {
  const names = Array.from({ length: fannedIn }, (_, at) => `task${at}`);
  const session = await rig.start(
    {
      concurrency: 200,
      inputs: { pad: { type: 'string', required: true } },
      agents: {
        collector: { connector: 'command', command: [process.execPath, '-e', collector] },
        // The output of an item differs by its index, that of a task by its agent.
        each: { connector: 'simulated', latency: '0ms', output: { at: '${{ index }}', pad: '${{ inputs.pad }}' } },
        ...Object.fromEntries(
          names.map((name) => [
            name,
            { connector: 'simulated', latency: '0ms', output: { name, pad: '${{ inputs.pad }}' } },
          ]),
        ),
      },
      tasks: {
        ...Object.fromEntries(names.map((name) => [name, { agent: name }])),
        each: { forEach: Array.from({ length: items }, (_, at) => at), agent: 'each' },
        collect: {
          needs: names,
          agent: 'collector',
          input: Object.fromEntries(names.map((name) => [name, `\${{ tasks.${name}.output }}`])),
        },
      },
      outputs: { collected: '${{ tasks.collect.output }}' },
    },
    {},
    // Random, so that no compression makes it small.
    { pad: randomBytes(outputBytes / 2).toString('hex') },
  );
  await until('the session ends', async () => (await session.overview()).endedAt !== null, 1_000_000);

  const runs = [...names, 'each', 'collect', ...Array.from({ length: items }, (_, at) => `each[${at}]`)];
  await expectSound(rig, session, { runs: Object.fromEntries(runs.map((run) => [run, 'succeeded'])) });
  const { outputs } = await session.overview();
  expect(outputs?.['collected']).toEqual({ different: fannedIn, smallest: expect.any(Number) as number });
  expect((outputs?.['collected'] as { smallest: number }).smallest).toBeGreaterThanOrEqual(outputBytes);

  const [stored] = await select<{ count: number; bytes: number }>(
    rig,
    session,
    `SELECT count(*)::int AS count, sum(size_bytes)::float8 AS bytes FROM artifacts
     WHERE workspace = $1 AND hash IN (SELECT output_hash FROM outcomes WHERE session = $2)`,
  );
  expect(stored?.count).toBe(fannedIn + items + 1);
  expect(stored?.bytes).toBeGreaterThan((fannedIn + items) * outputBytes);

  const histories = await historiesOf(session);
  expect(histories.filter(({ events, bytes }) => events > maxEvents || bytes > maxHistoryBytes)).toEqual([]);
  const [snapshot] = await select<{ state: SessionState }>(
    rig,
    session,
    'SELECT state FROM session_snapshots WHERE workspace = $1 AND session = $2',
  );
  expect(JSON.stringify(snapshot?.state).length).toBeLessThan(maxStateBytesPerRun * runs.length);
});

/** Of every workflow run of the session. */
async function historiesOf(session: SessionHandle): Promise<{ events: number; bytes: number }[]> {
  const rows = await select<{ runId: string }>(
    rig,
    session,
    'SELECT run_id AS "runId" FROM session_runs WHERE workspace = $1 AND session = $2 ORDER BY first_turn',
  );
  const { workflow } = rig.installation.temporal;
  return Promise.all(
    rows.map(async ({ runId }) => {
      const { historyLength, historySize } = await workflow.getHandle(session.workflowId, runId).describe();
      if (historySize === undefined) throw new Error('the server does not tell the size of histories');
      return { events: historyLength, bytes: historySize };
    }),
  );
}
