import { proposeChanges } from '../../src/activities/optimise/propose-changes';
import type { ProposalStore, StoredProposal } from '../../src/contracts/ports/proposal-store';
import type { SettingsStore } from '../../src/contracts/ports/settings-store';
import { workspaceSettings } from '../../src/domain/settings/workspace-settings';
import { createAgentRegistry } from '../../src/stores/agents';
import { createInsightMiningStore } from '../../src/stores/insight-mining';
import { createProposalStore } from '../../src/stores/proposals';
import { createSettingsStore } from '../../src/stores/settings';
import type { Situation } from '../unit/optimise/simulated-work';
import { simulate } from '../unit/optimise/simulated-work';
import { definitionOf } from '../helpers/agent-definitions';
import { settingsProposal } from '../helpers/settings-proposal';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let proposals: ProposalStore;
let settings: SettingsStore;

beforeAll(async () => {
  stores = await openTestStores();
  proposals = createProposalStore(stores.pool);
  settings = createSettingsStore(stores.pool);
});
afterAll(() => stores.close());

let names = 0;
const fresh = (): string => `workspace-${++names}`;

const ofAgent = (workspace: string): StoredProposal => ({
  ...settingsProposal,
  id: 'bbbbbbbb',
  kind: 'capacity',
  change: { of: 'agent', agent: { workspace, name: 'ada' }, before: { maxConcurrent: 4 }, after: { maxConcurrent: 6 } },
});

async function addAda(workspace: string): Promise<void> {
  await createAgentRegistry(stores.pool).add(workspace, [definitionOf('ada', { maxConcurrent: 4 })]);
}

async function capacityOf(workspace: string): Promise<{ defined: number; room: number } | undefined> {
  const { rows } = await stores.pool.query<{ defined: number; room: number }>(
    `SELECT (definition ->> 'maxConcurrent')::int AS defined, max_concurrent AS room FROM agents
     JOIN agent_room ON agent_room.workspace = agents.workspace AND agent = name WHERE agents.workspace = $1`,
    [workspace],
  );
  return rows[0];
}

describe('a proposal', () => {
  it('is shown for its agent, while it can be applied', async () => {
    const workspace = fresh();
    await addAda(workspace);
    const [ada, own] = [{ workspace, name: 'ada' }, ofAgent(workspace)];
    const old = { ...own, id: 'cccccccc' };
    await proposals.keep(workspace, [settingsProposal, own, old]);
    await stores.pool.query(
      `UPDATE proposals SET proposed_at = now() - interval '8 days' WHERE workspace = $1 AND id = 'cccccccc'`,
      [workspace],
    );
    expect(await proposals.ofAgent(workspace, ada)).toEqual([own]);
    expect(await proposals.ofAgent(workspace, { workspace, name: 'bob' })).toEqual([]);
    expect(await proposals.ofAgent('other', ada)).toEqual([]);
    await proposals.apply(workspace, [own.id]);
    expect(await proposals.ofAgent(workspace, ada)).toEqual([]);
    await proposals.undo(workspace, own.id);
    expect(await proposals.ofAgent(workspace, ada)).toEqual([own]);
  });

  it('is applied just as it was shown, and undone to just what was before', async () => {
    const workspace = fresh();
    await addAda(workspace);
    await settings.change(workspace, { set: { maxLoad: 0.9 }, unset: [] });
    await proposals.keep(workspace, [settingsProposal, ofAgent(workspace)]);
    await proposals.apply(workspace, ['bbbbbbbb', 'aaaaaaaa']);
    expect(await settings.of(workspace)).toEqual({ maxLoad: 0.9, exploration: 0.25 });
    expect(await capacityOf(workspace)).toEqual({ defined: 6, room: 6 });
    await proposals.undo(workspace, 'aaaaaaaa');
    await proposals.undo(workspace, 'bbbbbbbb');
    expect(await settings.of(workspace)).toEqual({ maxLoad: 0.9 });
    expect(await capacityOf(workspace)).toEqual({ defined: 4, room: 4 });
    const history = await proposals.applied(workspace, 10);
    expect(history).toMatchObject([
      { proposal: 'bbbbbbbb', change: { before: { maxConcurrent: 4 }, after: { maxConcurrent: 6 } } },
      { proposal: 'aaaaaaaa', change: { before: { exploration: null }, after: { exploration: 0.25 } } },
    ]);
    expect(history.every(({ undoneAt }) => undoneAt !== null)).toBe(true);
  });

  it('shortens the timeout of a task by a setting, and takes that back', async () => {
    const workspace = fresh();
    const key = 'timeout.release/write';
    const ofTimeout: StoredProposal = {
      ...settingsProposal,
      kind: 'timeout',
      change: { of: 'settings', before: { [key]: null }, after: { [key]: '45s' } },
    };
    await proposals.keep(workspace, [ofTimeout]);
    await proposals.apply(workspace, [ofTimeout.id]);
    expect(workspaceSettings(await settings.of(workspace)).taskTimeouts.get('release/write')).toBe(45_000);
    await proposals.undo(workspace, ofTimeout.id);
    expect(await settings.of(workspace)).toEqual({});
  });

  it('gives an agent a model more, and takes it back, unless its models are others by then', async () => {
    const workspace = fresh();
    const registry = createAgentRegistry(stores.pool);
    const [large, small] = [{ name: 'large' }, { name: 'small', price: { inputUsd: 1, outputUsd: 5 } }];
    await registry.add(workspace, [definitionOf('ada', { models: [large] })]);
    const ofModels: StoredProposal = {
      ...settingsProposal,
      id: 'dddddddd',
      kind: 'model',
      change: { of: 'models', agent: { workspace, name: 'ada' }, before: [large], after: [large, small] },
    };
    await proposals.keep(workspace, [ofModels]);
    expect(await proposals.models(workspace)).toEqual(new Map([['ada', [large]]]));
    await proposals.apply(workspace, ['dddddddd']);
    expect(await proposals.models(workspace)).toEqual(new Map([['ada', [large, small]]]));
    await proposals.undo(workspace, 'dddddddd');
    expect(await proposals.models(workspace)).toEqual(new Map([['ada', [large]]]));
    await registry.change({ workspace, name: 'ada' }, { models: [small] });
    await expect(proposals.apply(workspace, ['dddddddd'])).rejects.toMatchObject({
      code: 'PROPOSAL_OUTDATED',
      message: expect.stringContaining('the models of agent ada are small by now'),
    });
  });

  it('is refused where what it is based on has changed, with all that were to be applied with it', async () => {
    const workspace = fresh();
    await addAda(workspace);
    await proposals.keep(workspace, [settingsProposal, ofAgent(workspace)]);
    await createAgentRegistry(stores.pool).change({ workspace, name: 'ada' }, { maxConcurrent: 5 });
    await expect(proposals.apply(workspace, ['aaaaaaaa', 'bbbbbbbb'])).rejects.toMatchObject({
      code: 'PROPOSAL_OUTDATED',
      message: expect.stringContaining('agent ada takes 5 at once by now'),
    });
    expect(await settings.of(workspace)).toEqual({});
    expect(await proposals.applied(workspace, 10)).toEqual([]);
  });

  it('is refused a second time, after a week, in another workspace, and where it is about a plan file', async () => {
    const [workspace, other] = [fresh(), fresh()];
    const outdated = { code: 'PROPOSAL_OUTDATED' };
    await proposals.keep(workspace, [
      settingsProposal,
      { ...settingsProposal, id: 'cccccccc', change: null, advice: 'Edit it.' },
    ]);
    await expect(proposals.apply(other, ['aaaaaaaa'])).rejects.toMatchObject({ code: 'PROPOSAL_NOT_FOUND' });
    await expect(proposals.apply(workspace, ['aaaa\0aaa'])).rejects.toMatchObject({ code: 'PROPOSAL_NOT_FOUND' });
    await expect(proposals.apply(workspace, ['cccccccc'])).rejects.toMatchObject(outdated);
    await proposals.apply(workspace, ['aaaaaaaa']);
    await expect(proposals.apply(workspace, ['aaaaaaaa'])).rejects.toMatchObject(outdated);
    await proposals.undo(workspace, 'aaaaaaaa');
    await stores.pool.query(`UPDATE proposals SET proposed_at = now() - interval '8 days'`);
    await expect(proposals.apply(workspace, ['aaaaaaaa'])).rejects.toMatchObject(outdated);
  });

  it('is applied once by two who do so at the same time', async () => {
    const workspace = fresh();
    await proposals.keep(workspace, [settingsProposal]);
    const results = await Promise.allSettled([1, 2, 3].map(() => proposals.apply(workspace, ['aaaaaaaa'])));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await proposals.applied(workspace, 10)).toHaveLength(1);
  });

  it('is not undone over what somebody has set since, nor twice', async () => {
    const workspace = fresh();
    await proposals.keep(workspace, [settingsProposal]);
    await proposals.apply(workspace, ['aaaaaaaa']);
    await settings.change(workspace, { set: { exploration: 0.1 }, unset: [] });
    await expect(proposals.undo(workspace, 'aaaaaaaa')).rejects.toMatchObject({ code: 'PROPOSAL_OUTDATED' });
    expect(await settings.of(workspace)).toEqual({ exploration: 0.1 });
    await settings.change(workspace, { set: { exploration: 0.25 }, unset: [] });
    await proposals.undo(workspace, 'aaaaaaaa');
    await expect(proposals.undo(workspace, 'aaaaaaaa')).rejects.toMatchObject({ code: 'PROPOSAL_NOT_FOUND' });
  });
});

const planText = `
version: 1
name: release
tasks:
  prepare: { agent: { capability: code } }
  write: { agent: { capability: code }, needs: [prepare] }
`;

/** Stores what was simulated as if it had happened in the workspace, until a minute ago. */
async function happen(workspace: string, situation: Partial<Situation>): Promise<void> {
  const { examples, assignments } = simulate('planted', situation);
  const { id } = await stores.addSession(planText, { workspace });
  const sessions = [...new Set(examples.map(({ session }) => session))];
  await stores.pool.query(
    `INSERT INTO sessions (workspace, id, plan_name, plan_hash, inputs_hash, base_directory, mode, settings, status, progress)
     SELECT workspace, given, plan_name, plan_hash, inputs_hash, base_directory, mode, settings, status, progress
     FROM sessions, unnest($3::text[]) AS given WHERE workspace = $1 AND id = $2`,
    [workspace, id, sessions],
  );
  const end = Math.max(...examples.map(({ endedAt }) => endedAt));
  await stores.pool.query(
    `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent_workspace, agent, token, verdict, retryable, started_at, ended_at, duration_ms, cost_usd, evidence)
     SELECT $1, session, run, attempt, 'release', task, $1, substr(agent, 3), 0, CASE WHEN succeeded THEN 'succeeded' ELSE 'failed' END, true,
            now() - ($3 - "startedAt") * interval '1 ms', now() - ($3 - "endedAt") * interval '1 ms', round("durationMs"), "costUsd", '[]'
     FROM jsonb_to_recordset($2) AS x (session text, run text, attempt int, task text, agent text, succeeded boolean, "startedAt" float8, "endedAt" float8, "durationMs" numeric, "costUsd" numeric)`,
    [workspace, JSON.stringify(examples), end],
  );
  const own = JSON.parse(
    JSON.stringify(assignments).replaceAll('"workspace":"w"', `"workspace":"${workspace}"`),
  ) as typeof assignments;
  for (const { session, ...assigned } of own) {
    await stores.pool.query(
      'INSERT INTO assignment_batches (workspace, session, tasks, content) VALUES ($1, $2, $3, $4)',
      [workspace, session, [assigned.run], Buffer.from(JSON.stringify([assigned]))],
    );
  }
}

it('what happened is proposed from, kept, and can be applied; the same is proposed under the same id', async () => {
  const workspace = fresh();
  await addAda(workspace);
  await happen(workspace, {
    plant: ({ agent, running }) => (agent === 'ada' ? { success: running > 2 ? 0.35 : 0.95 } : {}),
  });
  const dependencies = { mining: createInsightMiningStore(stores.pool), plans: stores.plans, settings, proposals };
  const found = await proposeChanges(dependencies, workspace);
  const [capacity] = found.filter(({ kind }) => kind === 'capacity');
  expect(capacity?.change).toMatchObject({ before: { maxConcurrent: 4 }, after: { maxConcurrent: 2 } });
  expect((await proposeChanges(dependencies, workspace)).map(({ id }) => id)).toEqual(found.map(({ id }) => id));
  await proposals.apply(workspace, [capacity?.id ?? '']);
  expect(await capacityOf(workspace)).toEqual({ defined: 2, room: 2 });
  expect((await proposeChanges(dependencies, workspace)).filter(({ kind }) => kind === 'capacity')).toEqual([]);
  expect(await proposeChanges(dependencies, fresh())).toEqual([]);
});
