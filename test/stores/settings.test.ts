import type { SettingsStore } from '../../src/contracts/ports/settings-store';
import { recompute } from '../../src/domain/routing/build-assignment';
import { createAgentDirectory } from '../../src/stores/agent-directory';
import { createAgentRegistry } from '../../src/stores/agents';
import { createRoutingReader } from '../../src/stores/routing-reader';
import { createSettingsStore } from '../../src/stores/settings';
import { definitionOf } from '../helpers/agent-definitions';
import { occupy } from './registered-agents';
import { started } from './session-driver';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let settings: SettingsStore;
let workspaces = 0;

beforeAll(async () => {
  stores = await openTestStores();
  settings = createSettingsStore(stores.pool);
});
afterAll(() => stores.close());

const newWorkspace = (): string => `workspace-${(workspaces += 1)}`;
const say = (workspace: string, set: Record<string, unknown>) => settings.change(workspace, { set, unset: [] });

describe('settings of a workspace', () => {
  it('are kept by key, and have their defaults again once they are unset', async () => {
    const workspace = newWorkspace();
    expect(await settings.of(workspace)).toEqual({});
    await say(workspace, { strategy: 'fastest', maxLoad: 0.5 });
    expect(await say(workspace, { maxLoad: 0.6 })).toEqual({ strategy: 'fastest', maxLoad: 0.6 });
    expect(await settings.change(workspace, { set: {}, unset: ['strategy'] })).toEqual({ maxLoad: 0.6 });
    expect(await settings.of(workspace)).toEqual({ maxLoad: 0.6 });
    expect(await settings.of(newWorkspace())).toEqual({});
  });

  it('change all or nothing', async () => {
    const workspace = newWorkspace();
    await say(workspace, { 'weights.specialisation': 0, 'weights.successRate': 0 });
    await expect(say(workspace, { share: 2, 'weights.availability': 0 })).rejects.toThrow('all weights are 0');
    await expect(settings.change(workspace, { set: {}, unset: ['stategy'] })).rejects.toThrow('did you mean');
    expect(await settings.of(workspace)).toEqual({ 'weights.specialisation': 0, 'weights.successRate': 0 });
  });

  it('change together where several change them at once', async () => {
    const workspace = newWorkspace();
    await Promise.all([say(workspace, { share: 2 }), say(workspace, { maxLoad: 1 }), say(workspace, { share: 2 })]);
    expect(await settings.of(workspace)).toEqual({ share: 2, maxLoad: 1 });
  });

  it('are read once by a process, and again when it is told of a change or after five minutes', async () => {
    const workspace = newWorkspace();
    let now = 0;
    const directory = createAgentDirectory(stores.pool, () => now);
    const share = async (): Promise<number> => (await directory.settings(workspace)).share;
    expect([await share(), await share()]).toEqual([1, 1]);
    expect(directory.counts).toEqual({ asked: 2, read: 1 });
    await say(workspace, { share: 4 });
    expect(await share()).toBe(1);
    directory.settingsChanged(workspace);
    expect(await share()).toBe(4);
    await say(workspace, { share: 5 });
    now += 5 * 60_000;
    expect(await share()).toBe(5);
  });
});

it('give a workspace its share of agents that others want as well', async () => {
  const [more, less] = [newWorkspace(), newWorkspace()];
  await say(more, { share: 3 });
  const shares = await stores.line.alone((line) => line.shares([more, less]));
  expect([shares?.get(more)?.weight, shares?.get(less)?.weight]).toEqual([3, 1]);
});

const writers = 'version: 1\nname: p\ntasks: { write: { agent: { capability: write } } }\n';

/** Registers writers in the workspace: name → parts of its definition. */
async function registerWriters(workspace: string, agents: Record<string, Parameters<typeof definitionOf>[1]>) {
  const capabilities = [{ name: 'write', proficiency: 0.5, technologies: [] }];
  await createAgentRegistry(stores.pool).add(
    workspace,
    Object.entries(agents).map(([name, parts]) => definitionOf(name, { capabilities, ...parts })),
  );
  stores.directory.forget();
}

/** The agent that a session of the workspace gets for its task now, and what is stored of the choice. */
async function assigned(workspace: string) {
  const session = await stores.addSession(writers, { workspace });
  await session.take(started);
  const [stored] = await createRoutingReader(stores.pool).assignments(workspace, session.id, 'write');
  return stored?.assignment;
}

describe('routing', () => {
  it('follows the strategy and the weights of the workspace, and its assignments can be worked out again', async () => {
    const workspace = newWorkspace();
    const good = [{ name: 'write', proficiency: 1, technologies: [] }];
    await registerWriters(workspace, {
      good: { capabilities: good, maxConcurrent: 9, cost: { perAttemptUsd: 1 } },
      idle: { maxConcurrent: 9, cost: { perAttemptUsd: 0.1 } },
    });
    await occupy(stores.pool, { workspace, name: 'good' });
    stores.directory.forget();
    expect(await assigned(workspace)).toMatchObject({ agent: { name: 'good' }, strategy: 'score' });
    await say(workspace, { 'weights.specialisation': 0, 'weights.successRate': 0 });
    stores.directory.settingsChanged(workspace);
    expect(await assigned(workspace)).toMatchObject({ agent: { name: 'idle' } });
    await say(workspace, { strategy: 'cheapest', 'weights.specialisation': 1 });
    stores.directory.settingsChanged(workspace);
    const cheapest = await assigned(workspace);
    expect(cheapest).toMatchObject({ agent: { name: 'idle' }, strategy: 'cheapest' });
    expect(cheapest && recompute(cheapest)).toEqual(cheapest);
    expect(cheapest?.inputs.weights).toEqual({
      specialisation: 1,
      successRate: 0,
      availability: 0.2,
      relationships: 0.1,
    });
  });

  it('draws by workspace, session, run and attempt where the attempt may explore, and by nothing where none may', async () => {
    const workspace = newWorkspace();
    await registerWriters(workspace, { ada: { maxConcurrent: 9 }, bob: { maxConcurrent: 9 } });
    await say(workspace, { exploration: 1 });
    stores.directory.settingsChanged(workspace);
    const exploring = await assigned(workspace);
    expect(JSON.parse(exploring?.inputs.draw ?? '[]')).toEqual([workspace, expect.any(String), 'write', 1]);
    expect(exploring && recompute(exploring)).toEqual(exploring);
    await say(workspace, { exploration: 0 });
    stores.directory.settingsChanged(workspace);
    expect((await assigned(workspace))?.inputs).not.toHaveProperty('draw');
  });

  it('goes round by turns, from turn to turn and session to session', async () => {
    const workspace = newWorkspace();
    await registerWriters(workspace, { a: { maxConcurrent: 9 }, b: { maxConcurrent: 9 }, c: { maxConcurrent: 9 } });
    await say(workspace, { strategy: 'round_robin' });
    stores.directory.settingsChanged(workspace);
    const names: (string | undefined)[] = [];
    for (let turn = 0; turn < 5; turn++) names.push((await assigned(workspace))?.agent.name);
    expect(names).toEqual(['a', 'b', 'c', 'a', 'b']);
  });

  it('gives an agent no more than the load that the workspace allows', async () => {
    const workspace = newWorkspace();
    await registerWriters(workspace, { only: { maxConcurrent: 4 } });
    await say(workspace, { maxLoad: 0.5 });
    stores.directory.settingsChanged(workspace);
    const found: (string | undefined)[] = [];
    for (let turn = 0; turn < 3; turn++) {
      stores.directory.forget();
      found.push((await assigned(workspace))?.agent.name);
    }
    expect(found).toEqual(['only', 'only', undefined]);
  });
});
