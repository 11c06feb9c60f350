import { once } from 'node:events';
import type { SessionOverview } from '../../../src/contracts/ports/session-catalog';
import type { Installation, Session } from '../../../src/cli/ports';
import { Roster } from '../../../src/domain/routing/roster';
import { until } from '../../helpers/until';
import { logOf, overviewOf, runOf, startTime } from './fixtures';
import { client, installation, run, session, start } from './scripted-host';

const plan = 'version: 1\nname: hello\ntasks: { greet: { run: [echo, hi] } }\n';
const files = { '/home/ada/plans/hello.plan.yaml': plan };
const args = ['run', 'plans/hello.plan.yaml'];

const ended = (status: SessionOverview['status'], parts: Partial<SessionOverview> = {}): SessionOverview =>
  overviewOf({
    status,
    endedAt: startTime + 1_000,
    progress: { ...overviewOf().progress, total: 1, succeeded: status === 'succeeded' ? 1 : 0, percent: 100 },
    ...parts,
  });

/** A session that has come to this already. */
const finished = (overview: SessionOverview, parts: Partial<Session> = {}): Session =>
  session({
    overview: async () => overview,
    runs: async () => [runOf('greet', { status: 'succeeded', agent: 'run:greet', attempts: 1 })],
    outputs: async () => new Map([['greet', ['hi']]]),
    events: async function* () {
      yield* logOf([
        { type: 'session-started' },
        { type: 'session-ended', data: { status: overview.status }, at: 1_000 },
      ]);
    },
    ...parts,
  });

/** A session that goes on until it is cancelled. */
function endless(): Session {
  const cancelled = new AbortController();
  return finished(ended('cancelled'), {
    cancel: async () => {
      cancelled.abort();
      return { status: 'running' };
    },
    events: async function* ({ signal } = {}) {
      yield* logOf([{ type: 'session-started' }]);
      const aborted = signal && once(signal, 'abort').then(() => Promise.reject(new Error('aborted')));
      if (!cancelled.signal.aborted)
        await Promise.race([once(cancelled.signal, 'abort'), ...(aborted ? [aborted] : [])]);
      yield { ...logOf([{ type: 'session-ended', data: { status: 'cancelled' } }])[0]!, seq: 2 };
    },
  });
}

const own = (parts: Partial<Installation>): Installation =>
  installation({ owner: 'this-process', waitForOthers: async () => undefined, ...parts });

describe('on servers that run', () => {
  test('the plan is started with its inputs and an absolute base, and the session is told of as it goes', async () => {
    const starts: unknown[] = [];
    const server = installation({
      workflowUrl: (id) => `http://ui/${id}`,
      client: client({
        start: async (options) => {
          starts.push({ ...options, plan: options.plan.name });
          return finished(ended('succeeded', { outputs: { greeting: 'Hello' } }));
        },
      }),
    });
    const { exitCode, stdout, stderr } = await run(args, { files, folder: { openRunning: async () => server } });
    expect(exitCode).toBe(0);
    expect(starts).toEqual([
      {
        plan: 'hello',
        hash: expect.any(String),
        documents: [],
        baseDirectory: '/home/ada/plans',
        inputs: {},
        needs: [],
      },
    ]);
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      'Session hello-k3f9x2, http://ui/default/hello-k3f9x2',
      '   0.0s  session started',
      '   1.0s  session succeeded',
      '',
      '✔ hello-k3f9x2 succeeded in 1.0s: 1 of 1 task succeeded',
      '',
      'Outputs',
      '  greeting: Hello',
      '',
    ]);
  });

  test('says before where there are fewer agents than racers', async () => {
    const race = `version: 1
name: hello
agents: { ada: { connector: simulated, capabilities: [write] } }
tasks: { draft: { agent: { capability: write, race: 2 } } }
`;
    const server = installation({
      roster: async () => new Roster(),
      client: client({ start: async () => finished(ended('succeeded')) }),
    });
    const { stderr } = await run(args, {
      files: { '/home/ada/plans/hello.plan.yaml': race },
      folder: { openRunning: async () => server },
    });
    expect(stderr).toContain('tasks.draft.agent.race: Only ada can do it: nobody races, instead of 2.');
  });

  test('as JSON there is one object on stdout, and the rest on stderr', async () => {
    const server = installation({ client: client({ start: async () => finished(ended('failed')) }) });
    const { exitCode, stdout, stderr } = await run([...args, '-o', 'json'], {
      files,
      folder: { openRunning: async () => server },
    });
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'hello-k3f9x2',
      status: 'failed',
      tasks: { greet: { output: ['hi'] } },
    });
    expect(stderr).toContain('session failed');
  });

  test('a failure says what to do next', async () => {
    const server = installation({ client: client({ start: async () => finished(ended('failed')) }) });
    const { stdout } = await run(args, { files, folder: { openRunning: async () => server } });
    expect(stdout).toContain('Try what failed again: `orchestra sessions retry hello-k3f9x2`');
  });

  test('nobody is told to retry what has left no state to go on from', async () => {
    const abandoned = finished({ ...ended('failed'), isAbandoned: true });
    const server = installation({ client: client({ start: async () => abandoned }) });
    const { stdout } = await run(args, { files, folder: { openRunning: async () => server } });
    expect(stdout).toContain('See every task');
    expect(stdout).not.toContain('retry');
  });

  test('detached, it prints the id and leaves', async () => {
    const server = installation({ client: client({ start: async () => session({}) }) });
    const { exitCode, stdout, stderr } = await run([...args, '--detach'], {
      files,
      folder: { openRunning: async () => server },
    });
    expect([exitCode, stdout]).toEqual([0, 'hello-k3f9x2\n']);
    expect(stderr).toContain('`orchestra sessions watch hello-k3f9x2`');
  });

  test('an id that another plan has is refused', async () => {
    const server = installation({ client: client({ start: async () => finished(ended('succeeded')) }) });
    const { exitCode, stderr } = await run([...args, '--id', 'hello-k3f9x2'], {
      files,
      folder: { openRunning: async () => server },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('belongs to a session of another plan');
  });

  test('Ctrl-C leaves the session running and says how to go on', async () => {
    const server = installation({ client: client({ start: async () => endless() }) });
    const command = start(args, { files, folder: { openRunning: async () => server } });
    await until('the session is watched', () => command.said.stdout.includes('session started'));
    command.signal('SIGINT');
    const { exitCode, stderr, exits } = await command.ended;
    expect([exitCode, exits]).toEqual([130, []]);
    expect(stderr).toContain('Session hello-k3f9x2 goes on.');
  });

  test('servers that end while it watches are told of', async () => {
    const broken = finished(ended('succeeded'), {
      events: async function* () {
        yield* logOf([{ type: 'session-started' }]);
        throw new Error('Connection terminated');
      },
    });
    const server = installation({ isOwnerGone: () => true, client: client({ start: async () => broken }) });
    const { exitCode, stderr } = await run(args, { files, folder: { openRunning: async () => server } });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('The session is kept');
  });

  test('a server that is away for a moment costs no event and repeats none', async () => {
    let tries = 0;
    const flaky = finished(ended('succeeded'), {
      events: async function* ({ after = 0 } = {}) {
        const rows = logOf([
          { type: 'session-started' },
          { type: 'session-paused' },
          { type: 'session-ended', data: { status: 'succeeded' } },
        ]);
        for (const row of rows.slice(after)) {
          if (row.seq === 2 && tries++ === 0) throw new Error('Connection terminated');
          yield row;
        }
      },
    });
    const server = installation({ client: client({ start: async () => flaky }) });
    const { exitCode, stdout, stderr } = await run(args, { files, folder: { openRunning: async () => server } });
    expect(exitCode).toBe(0);
    expect(stdout.match(/session \w+/g)).toEqual(['session started', 'session paused', 'session succeeded']);
    expect(stderr).toBe('The servers do not answer (Connection terminated); trying again.\n');
  });
});

describe('on servers of its own', () => {
  const opening = (server: Installation) => ({ openRunning: async () => undefined, startLocal: async () => server });

  test('Ctrl-C cancels the session, waits for its end, and exits as cancelled', async () => {
    const server = own({ client: client({ list: async () => [], start: async () => endless() }) });
    const command = start(args, { files, folder: opening(server) });
    await until('the session is watched', () => command.said.stdout.includes('session started'));
    command.signal('SIGINT');
    // What `npm run` passes on, right after the terminal's own.
    command.signal('SIGINT');
    const { exitCode, stdout, exits } = await command.ended;
    expect([exitCode, exits]).toEqual([3, []]);
    expect(stdout).toContain('hello-k3f9x2 cancelled');
  });

  test('Ctrl-C while the session is being started cancels it', async () => {
    let starting = false;
    let pressed = false;
    const startSlowly = async (): Promise<Session> => {
      starting = true;
      await until('Ctrl-C was pressed', () => pressed);
      return endless();
    };
    const server = own({ client: client({ list: async () => [], start: startSlowly }) });
    const command = start(args, { files, folder: opening(server) });
    await until('the session is being started', () => starting);
    command.signal('SIGINT');
    pressed = true;
    const { exitCode, stdout, exits } = await command.ended;
    expect([exitCode, exits]).toEqual([3, []]);
    expect(stdout).toContain('hello-k3f9x2 cancelled');
  });

  test('a second Ctrl-C ends the program at once', async () => {
    let now = startTime;
    const server = own({ client: client({ list: async () => [], start: async () => endless() }) });
    const command = start(args, { files, folder: opening(server), now: () => now });
    await until('the session is watched', () => command.said.stdout.includes('session started'));
    command.signal('SIGINT');
    now += 1_000;
    command.signal('SIGINT');
    const { exits, stderr } = await command.ended;
    expect(exits).toEqual([130]);
    expect(stderr).toContain('Ended at once.');
  });

  test('Ctrl-C while the servers start gives up', async () => {
    const command = start(args, {
      files,
      folder: {
        openRunning: async () => undefined,
        startLocal: async (_purpose, _report, signal) => {
          await once(signal, 'abort');
          throw new Error('aborted');
        },
      },
    });
    await until('the servers start', () => command.said.stderr.includes('Starting servers'));
    command.signal('SIGTERM');
    expect(await command.ended).toMatchObject({ exitCode: 143, stdout: '' });
  });

  test('it tells of unfinished sessions, and waits for other runs that use its servers', async () => {
    const waits: string[] = [];
    const server = own({
      client: client({
        list: async ({ status }) => (status === 'running' ? [overviewOf({ id: 'old-1' })] : []),
        start: async () => finished(ended('succeeded')),
      }),
      waitForOthers: async (onWait) => {
        onWait();
        waits.push('waited');
      },
    });
    const { exitCode, stderr } = await run(args, { files, folder: opening(server) });
    expect([exitCode, waits]).toEqual([0, ['waited']]);
    expect(stderr).toContain('Unfinished sessions of earlier runs go on as well: old-1.');
    expect(stderr).toContain('Another run uses the servers of this one');
  });

  test('it names the command that would keep servers ready, for the same data folder', async () => {
    const server = own({ client: client({ list: async () => [], start: async () => finished(ended('succeeded')) }) });
    const { stderr } = await run(['--data', '/elsewhere', ...args], { files, folder: opening(server) });
    expect(stderr).toContain('an `orchestra --data /elsewhere dev` in another terminal would keep them ready');
  });

  test('a detached run refuses, because it would have nobody to go on with', async () => {
    const { exitCode, stderr } = await run([...args, '--detach'], {
      files,
      folder: { openRunning: async () => undefined },
    });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('Start `orchestra dev`');
  });
});

describe("on another run's servers", () => {
  test('it marks itself as a user, and starts its own where they are about to stop', async () => {
    const opened: string[] = [];
    const stopping = installation({
      owner: 'other-run',
      enter: async () => {
        opened.push('stopping');
        return false;
      },
    });
    const mine = own({ client: client({ list: async () => [], start: async () => finished(ended('succeeded')) }) });
    const folder = {
      openRunning: async () => (opened.length === 0 ? stopping : undefined),
      startLocal: async () => {
        opened.push('mine');
        return mine;
      },
    };
    expect((await run(args, { files, folder })).exitCode).toBe(0);
    expect(opened).toEqual(['stopping', 'mine']);
  });

  test('a detached run refuses, because they end', async () => {
    const server = installation({ owner: 'other-run' });
    const { exitCode, stderr } = await run(['--data', '/elsewhere', ...args, '--detach'], {
      files,
      folder: { openRunning: async () => server },
    });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('process 4711 and end with it');
    expect(stderr).toContain('start `orchestra --data /elsewhere dev`');
  });
});

describe('on configured servers', () => {
  const configured = (parts: Partial<Installation>): Installation =>
    installation({ owner: 'configured', ownerPid: null, ...parts });

  test('it runs the workers that are missing, and then cancels on Ctrl-C', async () => {
    const started: unknown[] = [];
    const server = configured({
      missingWorkers: async () => ['agents'],
      startWorkers: async (roles) => void started.push(roles),
      client: client({ list: async () => [], start: async () => endless() }),
    });
    const command = start(args, { files, folder: { openRunning: async () => server } });
    await until('the session is watched', () => command.said.stdout.includes('session started'));
    command.signal('SIGINT');
    expect((await command.ended).exitCode).toBe(3);
    expect(started).toEqual([['agents']]);
  });

  test('detached, it needs workers', async () => {
    const server = configured({ missingWorkers: async () => ['sessions', 'agents'] });
    const { exitCode, stderr } = await run([...args, '--detach'], {
      files,
      folder: { openRunning: async () => server },
    });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('No worker takes sessions and agents');
  });
});
