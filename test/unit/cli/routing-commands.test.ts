import type { RoutingReader } from '../../../src/contracts/ports/routing-reader';
import { assign } from '../../../src/domain/routing/assign';
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
  ...script,
});

const plan = `
version: 1
name: p
tasks:
  draft: { agent: { capability: write } }
  print: { run: [echo, hi] }
`;

describe('orchestra route', () => {
  const route = (agents: Roster, text = plan, args: string[] = [], settings = defaultSettings) => {
    const server = installation({
      roster: async () => agents,
      routingSettings: async () => settings,
      termSettings: async () => termSettingsOf(workspaceSettings({})),
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

  test('prints all of it as JSON', async () => {
    const { stdout } = await route(new Roster([registered('ada')]), plan, ['-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      routes: [{ place: 'tasks.draft.agent', kind: 'assigned', agent: { workspace: 'default', name: 'ada' } }],
    });
  });
});

describe('orchestra queue', () => {
  const place = {
    session: 's-1',
    run: 'draft',
    attempt: 1,
    priority: 3,
    since: startTime,
    waitsFor: 'All are busy.',
    isGranted: false,
  };
  const queue = (places: (typeof place)[], ...args: string[]) => {
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
  const [assignment] = assign(new Roster([registered('ada'), registered('bob', 0)]), [
    { workspace: 'default', requirement: routingRequirement({ name: 'ada' }) },
  ]);
  const explain = (runs: ReturnType<typeof runOf>[], ...args: string[]) => {
    if (assignment?.kind !== 'assigned') throw new Error('ada has room');
    const stored = [{ run: 'draft', attempt: 1, at: startTime, assignment }];
    const server = installation({
      client: client({ get: async () => session({ runs: async () => runs }) }),
      routing: routing({ assignments: async (_, __, task) => stored.filter((one) => one.run === task) }),
    });
    return run(['explain', 'hello', ...args], { folder: { openRunning: async () => server } });
  };

  test('says why each attempt went to its agent', async () => {
    const { stdout } = await explain([runOf('draft', { agent: 'ada' })], 'draft');
    expect(stdout).toMatch(/^draft, attempt 1, .*\nada {2}score 0\.\d{3}, confidence \d+%\n/);
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
    expect([exitCode, stderr]).toEqual([2, 'Session hello-k3f9x2 has no task "darft" (did you mean "draft"?).\n']);
  });
});
