import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionHandle } from '../../src/client/session-handle';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';

let installation: TestInstallation;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'functions-'));
  await writeFile(
    join(folder, 'tools.mjs'),
    `
import { appendFileSync } from 'node:fs';
const note = (file, { task, attempt, idempotencyKey }) => appendFileSync(file, task + '/' + attempt + ' ' + idempotencyKey + '\\n');
export const double = ({ n }) => ({ doubled: 2 * n });
export const once = ({ file }, work) => { note(file, work); if (work.attempt === 1) throw new Error('not yet'); return 'done'; };
export const slow = async ({ file }, work) => { note(file, work); await new Promise((done) => setTimeout(done, 3_000)); return 'slow'; };
export const endless = () => { for (;;); };
export const later = () => { throw Object.assign(new Error('later'), { name: 'WorkFailure', advice: { rateLimited: true, retryAfterMs: 1e300 } }) };
export const exits = () => process.exit(1);
`,
  );
  installation = await openTestInstallation();
  await installation.startWorkers();
});
afterAll(async () => {
  await installation.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(name: string, plan: string): Promise<SessionHandle> {
  const file = join(folder, `${name}.plan.yaml`);
  await writeFile(file, `version: 1\nname: ${name}\n${plan}`);
  return installation.startFile(file);
}

async function dispatched(session: SessionHandle): Promise<number> {
  const { events } = await installation.temporal.workflow.getHandle(session.workflowId).fetchHistory();
  return (events ?? []).filter(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled).length;
}

const linesOf = async (file: string): Promise<string[]> => (await readFile(file, 'utf8')).trim().split('\n');

describe.each([
  ['inside the turn', true],
  ['in a worker', false],
])('%s', (_, inline) => {
  const setting = inline ? ', inline: true' : '';
  const name = inline ? 'inline' : 'dispatched';

  it('functions do tasks, with gates, fan-out and retries', async () => {
    const file = join(folder, name);
    const session = await start(
      name,
      `agents:
  double: { connector: function, module: ./tools.mjs#double${setting} }
  once: { connector: function, module: ./tools.mjs#once${setting} }
tasks:
  each: { forEach: [1, 2, 3], agent: double, input: { n: "\${{ item }}" }, gate: { check: "output.doubled > 1" } }
  once: { needs: [each], agent: once, input: { file: ${file} }, retry: { attempts: 2, initialInterval: 1ms } }
outputs: { each: "\${{ tasks.each.output }}", once: "\${{ tasks.once.output }}" }
`,
    );
    expect(await session.result()).toMatchObject({ status: 'succeeded' });
    expect((await session.overview()).outputs).toEqual({
      each: [{ doubled: 2 }, { doubled: 4 }, { doubled: 6 }],
      once: 'done',
    });
    // The same key for both attempts: by it, the function knows what it has done.
    const key = `default/${session.id}/once`;
    expect(await linesOf(file)).toEqual([`once/1 ${key}`, `once/2 ${key}`]);
    expect(await dispatched(session)).toBe(inline ? 0 : 5);
  });

  it('a function that asks to be left alone for ever is, and its session hears what it is told', async () => {
    const session = await start(
      `later-${name}`,
      `agents: { later: { connector: function, module: ./tools.mjs#later${setting} } }\ntasks: { later: { agent: later } }\n`,
    );
    await until('the session has heard of it', async () => {
      const { rows } = await installation.pool.query(
        `SELECT FROM outcomes WHERE session = $1 AND verdict = 'rate_limited' AND accepted_turn IS NOT NULL`,
        [session.id],
      );
      return rows.length === 1;
    });
    await session.cancel();
    expect(await session.result()).toMatchObject({ status: 'cancelled' });
  });

  it('what a function does to itself fails its attempt alone', async () => {
    const session = await start(
      `hostile-${name}`,
      `defaults: { retry: { attempts: 1 }, onFailure: continue }
agents:
  double: { connector: function, module: ./tools.mjs#double${setting} }
  exits: { connector: function, module: ./tools.mjs#exits${setting} }
  endless: { connector: function, module: ./tools.mjs#endless${setting} }
  lost: { connector: function, module: ./tools.mjs#lost${setting} }
tasks:
  exits: { agent: exits }
  endless: { agent: endless, timeout: 1s }
  lost: { agent: lost }
  double: { agent: double, input: { n: 4 } }
outputs: { double: "\${{ tasks.double.output.doubled }}", endless: "\${{ tasks.endless.status }}" }
`,
    );
    expect(await session.result()).toMatchObject({ status: 'partially_succeeded' });
    expect((await session.overview()).outputs).toEqual({ double: 8, endless: 'failed' });
    const { rows } = await installation.pool.query<{ run: string; verdict: string; error: string | null }>(
      'SELECT run, verdict, error FROM outcomes WHERE session = $1 ORDER BY run',
      [session.id],
    );
    expect(rows).toMatchObject([
      { run: 'double', verdict: 'succeeded' },
      { run: 'endless', verdict: 'timed_out' },
      { run: 'exits', verdict: 'failed' },
      { run: 'lost', verdict: 'failed' },
    ]);
    expect(rows[2]?.error).toContain('it ended its thread with code 1');
    expect(rows[3]?.error).toContain('has no export lost');
  });
});

it('one that takes longer than a turn may is ended there, and done by a worker under the same key', async () => {
  const file = join(folder, 'overrun');
  const session = await start(
    'overrun',
    `agents: { slow: { connector: function, module: ./tools.mjs#slow, inline: true } }
tasks: { slow: { agent: slow, input: { file: ${file} }, retry: { attempts: 1 } } }
outputs: { slow: "\${{ tasks.slow.output }}" }
`,
  );
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(await dispatched(session)).toBe(1);
  const key = `default/${session.id}/slow`;
  expect(await linesOf(file)).toEqual([`slow/1 ${key}`, `slow/1 ${key}`]);
});

it('cancelling a session ends a function in an endless loop', async () => {
  const session = await start(
    'cancelled',
    `agents: { endless: { connector: function, module: ./tools.mjs#endless } }
tasks: { endless: { agent: endless } }
`,
  );
  await session.cancel();
  expect(await session.result()).toMatchObject({ status: 'cancelled' });
});
