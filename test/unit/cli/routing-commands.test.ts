import type { Client } from '../../../src/cli/ports';
import type { InsightOverview } from '../../../src/contracts/ports/insight-catalog';
import type { LinePlace, RoutingReader, StoredOutcome } from '../../../src/contracts/ports/routing-reader';
import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import type { Balance } from '../../../src/domain/budget/accounts';
import { activityKey } from '../../../src/domain/learning/belief';
import { assign } from '../../../src/domain/routing/assign';
import type { Plan } from '../../../src/domain/plan/plan';
import { termSettingsOf } from '../../../src/domain/routing/attempt-terms';
import { profileOf } from '../../../src/domain/routing/agent-profile';
import { defaultSettings } from '../../../src/domain/routing/settings';
import { Roster } from '../../../src/domain/routing/roster';
import { routingRequirement } from '../../../src/domain/routing/routing-requirement';
import { workspaceSettings } from '../../../src/domain/settings/workspace-settings';
import { definitionOf } from '../../helpers/agent-definitions';
import { runOf, startTime } from './fixtures';
import { client, installation, run, session } from './scripted-host';

const registered = (name: string, running = 0): ReturnType<typeof profileOf> =>
  profileOf(
    {
      ...definitionOf(name, { capabilities: [{ name: 'write', proficiency: 0.9, technologies: [] }] }),
      workspace: 'default',
      draining: false,
    },
    running,
  );

const routing = (script: Partial<RoutingReader>): RoutingReader => ({
  line: () => Promise.reject(new Error('nobody asked for the line')),
  assignments: () => Promise.reject(new Error('nobody asked for assignments')),
  decided: () => Promise.reject(new Error('nobody asked for decisions')),
  examples: async () => ({ attempts: [], inputs: null }),
  outcomes: () => Promise.reject(new Error('nobody asked for outcomes')),
  ...script,
});

const learning = (insights: Partial<InsightOverview>[]) =>
  ({ insights: async () => insights }) as unknown as Client['learning'];
const budgets = (balances: Balance[]) => ({ ofWorkspace: async () => balances }) as unknown as Client['budgets'];

const plan = `
version: 1
name: p
tasks:
  draft: { agent: { capability: write } }
  print: { run: [echo, hi] }
`;

describe('orchestra route', () => {
  const route = (
    agents: Roster,
    text = plan,
    args: string[] = [],
    settings = defaultSettings,
    balances: Balance[] = [],
  ) => {
    const server = installation({
      roster: async () => agents,
      routingSettings: async () => settings,
      termSettings: async () => termSettingsOf(workspaceSettings({})),
      routing: routing({}),
      client: client({ learning: learning([]), budgets: budgets(balances) }),
    });
    return run(['route', 'p.plan.yaml', ...args], {
      files: { '/home/ada/p.plan.yaml': text, 'p.plan.yaml': text },
      folder: { openRunning: async () => server },
    });
  };

  test('shows the agent of each task that the plan leaves to the registry, and why', async () => {
    const { exitCode, stdout } = await route(new Roster([registered('ada'), registered('bob', 1)]));
    expect(stdout).toContain('tasks.draft.agent\n  ada  score 0.8');
    expect(stdout).toContain('ada');
    expect(stdout).not.toContain('tasks.print');
    expect(exitCode).toBe(0);
  });

  test('shows what to expect of each attempt by what was learnt of its type of task, or that too little is known', async () => {
    const learnt = {
      succeeded: 18,
      failed: 2,
      logDurationSum: 18 * Math.log(60_000),
      logDurationSquareSum: 18 * Math.log(60_000) ** 2,
    };
    const known = new Map([[activityKey({ capability: 'write', taskType: 'prose' }), learnt]]);
    const typed = plan.replace('draft: { ', 'draft: { type: prose, ') + '  note: { agent: { capability: write } }\n';
    const { stdout } = await route(new Roster([{ ...registered('ada'), record: learnt, records: known }]), typed);
    expect(stdout).toMatch(
      /tasks\.draft\.agent\n[^]*Expected: succeeds in 8\d% of such attempts \(nine of ten: 7\d to 9\d%\) by 20 outcomes; takes about 1m 00s, nine of ten at most 1m \d\ds\n/,
    );
    expect(stdout).toContain('new to it: none of its 20 outcomes is of note');
    const unknown = await route(new Roster([registered('bob')]));
    expect(unknown.stdout).toContain('Expected: not enough data yet to say how often it succeeds\n');
  });

  test('warns of a budget that is nearly spent', async () => {
    const spent = {
      account: 'workspace/day',
      unit: 'costMicros' as const,
      limit: 10_000_000,
      reserved: 0,
      kept: 0,
      spent: 9_500_000,
    };
    const half = { ...spent, account: 'workspace/month', spent: 5_000_000 };
    const { stdout } = await route(new Roster([registered('ada')]), plan, [], defaultSettings, [spent, half]);
    expect(stdout).toMatch(/\nbudget: \$0\.50 of \$10\.00 are left of workspace\/day\n$/);
  });

  test('says what is missing where no agent will do, and fails', async () => {
    const { exitCode, stdout } = await route(new Roster([registered('ada')]), plan.replace('write', 'wirte'));
    expect(stdout).toContain('No agent has the capability "wirte" (did you mean "write"?)');
    expect(exitCode).toBe(1);
  });

  test('does not ask for a plan that brings its agents along', async () => {
    const { exitCode, stdout } = await route(
      new Roster(),
      'version: 1\nname: p\ntasks: { print: { run: [echo, hi] } }\n',
    );
    expect([exitCode, stdout]).toEqual([0, 'The plan brings all its agents along: the registry is not asked.\n']);
  });

  test('goes by the settings of the workspace, and says what is known only later', async () => {
    const dear = { ...registered('ada'), cost: { perAttemptUsd: 2 } };
    const cheap = { ...registered('bob', 0), cost: { perAttemptUsd: 1 } };
    const asking = plan.replace('capability: write', 'capability: write, exclude: [cy]');
    const later = `${asking}  check: { needs: [draft], agent: { capability: write, notSameAs: draft } }\n`;
    const thrifty = { ...defaultSettings, strategy: 'cheapest' as const };
    const { stdout } = await route(new Roster([dear, cheap]), later, [], thrifty);
    expect(stdout).toContain('tasks.draft.agent\n  bob');
    expect(stdout).not.toContain('exclude[0]');
    expect(stdout).toContain('When it runs, it must not go to who did draft.');
  });

  test('says which model the agent would be told to use, and how long an attempt may take', async () => {
    const models = [{ name: 'claude-opus-4-5' }, { name: 'claude-haiku-4-5' }];
    const strict = plan.replace('write } }', 'write }, quality: { atLeast: 0.95 }, timeout: 5m }');
    const { stdout } = await route(new Roster([{ ...registered('ada'), models }]), strict);
    expect(stdout).toContain('Model: claude-haiku-4-5 succeeds most often of 2 models');
    expect(stdout).toContain('0.95 are asked for');
    expect(stdout).toContain('Timeout: 5.0 min, as the plan says');
  });

  const race = plan.replace('capability: write', 'capability: write, race: 3');

  test('shows an agent for each racer, and says where there are too few', async () => {
    const { exitCode, stdout } = await route(new Roster([registered('ada'), registered('bob')]), race);
    expect(stdout).toMatch(/tasks\.draft\.agent\n {2}ada {2}score[^]*\n {2}bob {2}score[^]*It must not go to ada\./);
    expect(stdout).toContain('tasks.draft.agent.race: Only ada and bob can do it: 2 race, instead of 3.');
    expect(exitCode).toBe(0);
  });

  test('prints racers and warnings as JSON', async () => {
    const { stdout } = await route(new Roster([registered('ada'), registered('bob')]), race, ['-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      routes: [{ agent: { name: 'ada' }, racers: [{ agent: { name: 'bob' } }] }],
      warnings: ['tasks.draft.agent.race: Only ada and bob can do it: 2 race, instead of 3.'],
    });
  });

  test.each([
    ['takes whom it shows for a task as the one whose result the next is given', 'agent: ada', ['ada']],
    ['but of the items of a fan-out nobody', 'forEach: [1, 2], agent: ada', undefined],
  ])('%s', async (_, draft, givers) => {
    const text = `version: 1\nname: p\ntasks:\n  draft: { ${draft} }\n  check: { needs: [draft], agent: { capability: write } }\n`;
    const { stdout } = await route(new Roster([registered('ada')]), text, ['-o', 'json']);
    const { routes } = JSON.parse(stdout) as { routes: { inputs: { requirement: { givers?: string[] } } }[] };
    expect(routes.map(({ inputs }) => inputs.requirement.givers)).toEqual([undefined, givers]);
  });

  test('prints all of it as JSON', async () => {
    const { stdout } = await route(new Roster([registered('ada')]), plan, ['-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      routes: [{ place: 'tasks.draft.agent', kind: 'assigned', agent: { workspace: 'default', name: 'ada' } }],
    });
  });
});

describe('orchestra queue', () => {
  const place: LinePlace = {
    session: 's-1',
    run: 'draft',
    attempt: 1,
    priority: 3,
    since: startTime,
    waitsFor: 'All are busy.',
    isGranted: false,
    place: [startTime, 2, 3, -1_000, startTime, 's-1', 'draft'],
  };
  const queue = (places: LinePlace[], ...args: string[]) => {
    const server = installation({
      routing: routing({ line: async (_, limit) => places.slice(0, limit) }),
      caches: { list: async () => [{ worker: 'host/7', asked: 200, read: 10, at: startTime }] },
    });
    return run(['queue', ...args], { folder: { openRunning: async () => server }, now: () => startTime + 65_000 });
  };

  test('lists who waits, how long and what for', async () => {
    const { stdout } = await queue([place, { ...place, run: 'check', isGranted: true }]);
    expect(stdout.split('\n')).toEqual([
      'SESSION  TASK   PRIORITY  WAITING  WHY',
      's-1      draft  3         1m 05s   All are busy.',
      's-1      check  3         1m 05s   It has an agent and is about to start.',
      '',
    ]);
  });

  test('says so where nobody waits, and where there are more', async () => {
    expect((await queue([])).stderr).toBe('No task waits for an agent.\n');
    expect((await queue([place, place], '-n', '1')).stderr).toBe('There are more: see --limit.\n');
    expect(JSON.parse((await queue([place, place], '-n', '1', '-o', 'json')).stdout)).toMatchObject({
      waiting: [{ session: 's-1', since: new Date(startTime).toISOString() }],
      more: true,
      caches: [{ worker: 'host/7', asked: 200, read: 10, hitRate: 0.95, at: new Date(startTime).toISOString() }],
    });
  });
});

describe('orchestra explain', () => {
  const [decided] = assign(new Roster([registered('ada'), registered('bob', 0)]), [
    { workspace: 'default', requirement: routingRequirement({ name: 'ada' }) },
  ]);
  if (decided?.kind !== 'assigned') throw new Error('ada has room');
  const prediction = {
    success: null,
    durationMs: { p50: 500_000, p90: 540_000, basis: 'same-task' as const },
    costUsd: { p50: 0.25, p90: 1.5, basis: 'same-agent' as const },
  };
  const assignment = { ...decided, prediction };
  const example = {
    session: 'old-k3f9',
    run: 'draft',
    attempt: 2,
    agent: { workspace: 'default', name: 'ada' },
    plan: 'p',
    taskType: 'prose',
    similarity: 0.874,
    verdict: 'failed',
    error: 'it was too long\nby far',
    durationMs: 41_000,
    costUsd: null,
    inputBytes: 3_400,
    endedAt: startTime,
  };
  const pitfall = {
    kind: 'pitfall' as const,
    scope: { taskType: 'prose', capability: 'write' },
    says: '25% of 60 sessions met an error.',
    firstSeen: startTime - 1,
  };
  let planned: Plan;
  beforeAll(async () => {
    const text = plan.replace('draft: { ', 'draft: { type: prose, timeout: 10m, budget: { costUsd: 1 }, ');
    planned = requirePlan(
      await readPlan({ file: 'p.plan.yaml', text }, () => Promise.reject(new Error('one file'))),
    ).plan;
  });
  const outcomes: StoredOutcome[] = [
    {
      run: 'draft',
      attempt: 1,
      agent: 'ada',
      verdict: 'failed',
      durationMs: 1_500,
      costUsd: null,
      tokens: 70,
      model: 'small',
      work: { tools: ['read', 'edit'], messages: 12 },
      handoffs: [
        { run: 'plan', attempt: 2, workspace: 'default', agent: 'eve' },
        { run: 'check', attempt: 1, workspace: null, agent: 'run:check' },
      ],
      error: 'no such file',
    },
  ];
  const explain = (runs: ReturnType<typeof runOf>[], ...args: string[]) => {
    const stored = [{ run: 'draft', attempt: 1, at: startTime, assignment }];
    const server = installation({
      client: client({
        get: async () => session({ runs: async () => runs, plan: async () => ({ plan: planned, hash: 'a' }) }),
        learning: learning([pitfall]),
      }),
      routing: routing({
        assignments: async (_, __, task) => stored.filter((one) => one.run === task),
        outcomes: async (_, __, task) => outcomes.filter((one) => one.run === task),
        examples: async (_, asked) => {
          expect(asked).toMatchObject({ taskType: 'prose', capability: 'write', before: startTime });
          return { attempts: [example], inputs: { bytes: 12_000, largestBytes: 3_400, sessions: 17 } };
        },
      }),
    });
    return run(['explain', 'hello', ...args], { folder: { openRunning: async () => server } });
  };

  test('says why each attempt went to its agent', async () => {
    const { stdout } = await explain([runOf('draft', { agent: 'ada' })], 'draft');
    expect(stdout).toMatch(/^draft, attempt 1, .*\nada {2}score 0\.\d{3}, confidence \d+%\n/);
    expect(stdout).toContain('; costs about $0.2500, nine of ten at most $1.50\n');
  });

  test('shows what became of tasks like it, and what of the task itself may go wrong', async () => {
    const ran = [runOf('draft', { agent: 'ada' })];
    const { stdout } = await explain(ran, 'draft');
    expect(stdout).toContain(
      '  Risks of the task: timeout: one of ten takes longer than 9.0 min, and all are ended after 10.0 min; ' +
        'large inputs: 12.0 kB, and at most 3.4 kB in 17 sessions before; ' +
        'budget: one of ten costs more than $1.50, and the task may use $1.00; pitfall: 25% of 60 sessions met an error.\n' +
        '  Like it (87%): old-k3f9 draft by ada: failed in 41s, it was too long\n',
    );
    expect(JSON.parse((await explain(ran, 'draft', '-o', 'json')).stdout)).toMatchObject({
      taskRisks: [/^timeout/, /^large inputs/, /^budget/, /^pitfall/].map((pattern): unknown =>
        expect.stringMatching(pattern),
      ),
      examples: [{ session: 'old-k3f9', run: 'draft', attempt: 2, endedAt: '2026-03-01T09:00:00.000Z' }],
    });
  });

  test('says to programs what the attempts came to, and how their agents worked', async () => {
    const { stdout } = await explain([runOf('draft', { agent: 'ada' })], 'draft', '-o', 'json');
    const { work: _, ...outcome } = outcomes[0] as StoredOutcome;
    expect((JSON.parse(stdout) as { attempts: unknown }).attempts).toEqual([
      { ...outcome, tools: ['read', 'edit'], filesChanged: null, messages: 12 },
    ]);
  });

  test('says whose results an attempt was given', async () => {
    const { stdout } = await explain([runOf('draft', { agent: 'ada' })], 'draft');
    expect(stdout).toMatch(/\ndraft, attempt 1, went on from plan \(eve, attempt 2\), check \(run, attempt 1\)\.\n$/);
  });

  test('says what a task waits for, and that a plan named its agent itself', async () => {
    expect((await explain([runOf('wait', { status: 'waiting', waitsFor: 'All are busy.' })], 'wait')).stdout).toBe(
      'It waits: All are busy.\n',
    );
    expect((await explain([runOf('own')], 'own')).stdout).toContain('the plan itself names its agent');
  });

  test('says of a race who won it, and for whom there was no agent', async () => {
    const runs = [
      runOf('race', { status: 'succeeded', isRace: true, items: 3, agent: 'ada' }),
      runOf('race', { item: 0, status: 'cancelled', reason: 'race-lost', agent: 'bob' }),
      runOf('race', { item: 1, status: 'succeeded', agent: 'ada' }),
      runOf('race', { item: 2, status: 'skipped', reason: 'no-other-agent' }),
    ];
    expect((await explain(runs, 'race')).stdout).toBe(
      'ada was first, as race[1].\nrace[2] was left out: there was no other agent for it.\n',
    );
  });

  test('names the task that was probably meant', async () => {
    const { exitCode, stderr } = await explain([runOf('draft')], 'darft');
    expect([exitCode, stderr]).toEqual([2, 'Session "hello-k3f9x2" has no task "darft" (did you mean "draft"?).\n']);
  });
});
