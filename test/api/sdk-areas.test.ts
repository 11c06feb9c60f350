import { randomBytes } from 'node:crypto';
import { ApiError } from '../../src';
import type { AgentDefinition } from '../../src';
import { keepDocument } from '../helpers/keep-document';
import { startBothWays, stopBothWays, testBothWays } from '../helpers/sdk/both-ways';
import type { BothWays } from '../helpers/sdk/both-ways';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';

let installation: TestInstallation;
let ways: BothWays;

beforeAll(async () => {
  // Receivers have secrets.
  const environment = { ORCHESTRA_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}` };
  ({ installation, ways } = await startBothWays(environment));
});
afterAll(() => stopBothWays({ installation, ways }));

const bothWays = testBothWays(() => ways);

bothWays('registers, changes, steers and unregisters agents', async (client, way) => {
  const name = `${way}writer`;
  const writer: AgentDefinition = {
    name,
    connector: 'http',
    url: 'https://agents.example.org/run',
    capabilities: [`${way}prose`],
  };
  const added = await client.agents.register(writer);
  await expect(client.agents.register(writer)).rejects.toMatchObject({ code: 'AGENT_EXISTS', status: 409 });
  const updated = await client.agents.update({ ...writer, description: 'Writes.', maxConcurrent: 3 });
  const verse = { name: `${way}verse`, proficiency: 0.5, technologies: ['rhyme'] };
  const capable = await client.agents.updateCapabilities(name, [verse]);
  expect(capable).toMatchObject({ description: 'Writes.', maxConcurrent: 3, capabilities: [verse], revision: 3 });
  const { agents } = await client.agents.list({ capability: `${way}verse` });
  expect(agents.map((agent) => agent.name)).toEqual([name]);
  const states = [
    await client.agents.drain(name),
    await client.agents.undrain(name),
    await client.agents.quarantine(name, 'It rhymes no more.'),
    await client.agents.reset(name),
  ];
  expect(states.map(({ status }) => status)).toEqual(['draining', 'online', 'error', 'online']);
  const memory = await client.agents.memories.add(name, { text: 'Roses are red.' });
  const found = await client.agents.memories.list(name, { query: 'roses' });
  expect(found).toMatchObject([{ id: memory.id, kind: 'fact' }]);
  await client.agents.memories.forget(name, memory.id);
  expect(await client.agents.memories.list(name)).toEqual([]);
  const insights = await client.agents.insights(name);
  await client.agents.unregister(name);
  await expect(client.agents.get(name)).rejects.toBeInstanceOf(ApiError);
  return { added, updated, capable, states, found, insights };
});

bothWays('says of a plan what can be said before it runs', async (client) => {
  const plan = 'version: 1\nname: outer\ntasks: { inner: { plan: ./inner.yaml } }\n';
  const inner = JSON.stringify({
    version: 1,
    name: 'inner',
    agents: { ada: { connector: 'simulated' } },
    tasks: { greet: { agent: 'ada' } },
  });
  const source = { plan, files: { 'inner.yaml': inner } };
  const valid = await client.plans.validate(source);
  expect(valid).toMatchObject({ valid: true, name: 'outer', issues: [] });
  const invalid = await client.plans.validate({
    version: 1,
    name: 'x',
    tasks: { a: { agent: 'nobody', needs: ['b'] } },
  });
  expect(invalid.valid).toBe(false);
  const graph = await client.plans.graph(source);
  expect(graph).toContain('flowchart');
  return { valid, invalid, graph, route: await client.plans.route(source), schema: await client.plans.schema() };
});

bothWays('answers questions of a session', async (client, way) => {
  const asking = {
    version: 1,
    name: 'asking',
    budget: { attempts: 1 },
    agents: { ada: { connector: 'simulated', latency: '1ms' } },
    tasks: { one: { agent: 'ada' }, two: { agent: 'ada', needs: ['one'], onBudget: 'ask' } },
  };
  const session = await client.sessions.run(asking, { id: `${way}asks` });
  await until('somebody is asked', async () => (await session.approvals()).length === 1);
  const [asked] = await session.approvals();
  expect(asked?.question).toMatchObject({ kind: 'budget', run: 'two', session: session.id });
  const other = client.approvals.decide(String(asked?.id), 'approved', { questionHash: 'other' });
  await expect(other).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  const [decided] = await session.approve();
  expect(decided).toMatchObject({ id: asked?.id, status: 'approved' });
  expect(await session.approvals()).toEqual([]);
  expect(await client.approvals.get(String(asked?.id))).toMatchObject({ status: 'approved' });
  return { decided, result: await session.result() };
});

bothWays('reads and changes what the workspace says', async (client) => {
  const set = await client.settings.change({ set: { strategy: 'cheapest' } });
  expect(set).toEqual({ strategy: 'cheapest' });
  await expect(client.settings.change({ set: { share: -1 } })).rejects.toMatchObject({ code: 'SETTING_INVALID' });
  await client.settings.change({ unset: ['strategy'] });
  const limits = await client.budgets.setLimits('month', '200usd');
  expect(await client.budgets.get()).toEqual(limits);
  await client.budgets.setLimits('month', 'none');
  return { set, limits, settings: await client.settings.get() };
});

bothWays('changes what it has read, and not what others have changed since', async (client, way) => {
  const outdated = { code: 'PRECONDITION_FAILED', status: 412 };
  const name = `${way}versioned`;
  const agent: AgentDefinition = { name, connector: 'remote' };
  const read = await client.agents.register(agent);
  const changed = await client.agents.update({ ...agent, description: 'First.' }, { ifMatch: read.etag });
  const second = client.agents.update({ ...agent, description: 'Second.' }, { ifMatch: read.etag });
  await expect(second).rejects.toMatchObject(outdated);
  await expect(client.agents.unregister(name, { ifMatch: read.etag })).rejects.toMatchObject(outdated);
  await client.agents.unregister(name, { ifMatch: changed.etag });

  const { settings, etag } = await client.settings.withEtag();
  expect(await client.settings.get()).toEqual(settings);
  await client.settings.change({ set: { strategy: 'cheapest' } }, { ifMatch: etag });
  const late = client.settings.change({ set: { strategy: 'round-robin' } }, { ifMatch: etag });
  await expect(late).rejects.toMatchObject(outdated);
  await client.settings.change({ unset: ['strategy'] });

  const rule = { metric: 'queue' as const, raiseAt: 5 };
  const set = await client.alerts.set(name, rule);
  expect(await client.alerts.get(name)).toEqual(set);
  const again = await client.alerts.set(name, rule, { ifMatch: set.etag });
  await expect(client.alerts.set(name, rule, { ifMatch: set.etag })).rejects.toMatchObject(outdated);
  await expect(client.alerts.remove(name, { ifMatch: set.etag })).rejects.toMatchObject(outdated);
  await client.alerts.remove(name, { ifMatch: again.etag });

  const hook = await client.webhooks.create({ name, url: 'https://hooks.example.org/x', types: ['session-ended'] });
  const off = await client.webhooks.change(name, { enabled: false }, { ifMatch: hook.etag });
  const on = client.webhooks.change(name, { types: ['alert'] }, { ifMatch: hook.etag });
  await expect(on).rejects.toMatchObject(outdated);
  await client.webhooks.remove(name, { ifMatch: off.etag });

  const agents = { ada: { connector: 'simulated' } };
  const plan = { version: 1, name: 'versioned', agents, tasks: { a: { agent: 'ada' } } };
  const schedule = { plan, cron: '0 3 29 2 *' };
  const made = await client.schedules.create({ name, ...schedule });
  const moved = await client.schedules.replace(name, { ...schedule, cron: '0 4 29 2 *' }, { ifMatch: made.etag });
  await expect(client.schedules.replace(name, schedule, { ifMatch: made.etag })).rejects.toMatchObject(outdated);
  await client.schedules.remove(name, { ifMatch: moved.etag });

  const workspace = await client.workspaces.create(name, 'One');
  await client.workspaces.rename(name, 'Two', { ifMatch: workspace.etag });
  const third = client.workspaces.rename(name, 'Three', { ifMatch: workspace.etag });
  await expect(third).rejects.toMatchObject(outdated);
  return { changed, again, off, moved: { ...moved, next: moved.next.length } };
});

bothWays('shows how everything is, and what is known', async (client) => {
  await client.ready();
  const hash = await keepDocument(installation.pool, 'default', { large: true });
  const { status, report } = await client.health();
  expect(report.score).toEqual(expect.any(Object));
  const { metrics } = await client.metrics({ hours: 1 });
  return {
    status,
    metrics: metrics.map(({ agent }) => agent),
    artifact: await client.artifact(hash),
    learnings: await client.learnings.query({ capability: 'unheard.of' }),
    insights: await client.insights({ all: true }),
    events: await client.healthEvents({ limit: 5 }),
    conflicts: await client.conflicts(),
    queue: await client.queue(),
    hosts: await client.hosts(),
  };
});

bothWays('takes what people say of a result', async (client, way) => {
  const plan = {
    version: 1,
    name: 'rated',
    agents: { ada: { connector: 'simulated' } },
    tasks: { greet: { agent: 'ada' } },
  };
  const session = await client.sessions.run(plan, { id: `${way}rated` });
  await session.result();
  await expect(session.feedback('greet', {})).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  return session.feedback('greet', { rating: 2 });
});

bothWays('submits single tasks, tells what they came to, and cancels them', async (client, way) => {
  const doer = { name: `${way}doer`, connector: 'simulated' as const, capabilities: [`${way}do`] };
  await client.agents.register(doer);
  const task = await client.tasks.submit({ type: 'chore', agent: { capability: `${way}do` }, id: `${way}chore` });
  const outcome = await task.outcome();
  expect(outcome).toMatchObject({ id: task.id, status: 'succeeded', attempts: [{ agent: doer.name, attempt: 1 }] });
  expect((await task.explain()).assignments).toHaveLength(1);
  expect((await client.tasks.handle(task.id).get()).status).toBe('succeeded');
  await client.agents.update({ ...doer, latency: '10m' });
  const endless = await client.tasks.submit({ type: 'chore', agent: doer.name, id: `${way}endless` });
  await until('it runs', async () => (await endless.get()).status === 'running');
  await endless.cancel({ reason: 'enough' });
  const cancelled = await endless.outcome();
  expect(cancelled.status).toBe('cancelled');
  const nobody = client.tasks.handle(`${way}nobody`).get();
  await expect(nobody).rejects.toMatchObject({ status: 404 });
  return { ...outcome, attempts: outcome.attempts.length };
});

bothWays('cancels one task of a session that goes on', async (client, way) => {
  const plan = {
    version: 1,
    name: 'two',
    agents: { slow: { connector: 'simulated', latency: '10m' }, quick: { connector: 'simulated' } },
    tasks: { endless: { agent: 'slow' }, short: { agent: 'quick' } },
  };
  const session = await client.sessions.run(plan, { id: `${way}two` });
  // There are no tasks yet when a session has just been started.
  await until('it runs', async () =>
    (await session.tasks()).some(({ run, status }) => run === 'endless' && status === 'running'),
  );
  await session.cancelTask('endless', { reason: 'enough' });
  const { progress } = await session.result();
  expect(progress).toMatchObject({ succeeded: 1, cancelled: 1 });
  return progress;
});

bothWays('makes workspaces, members and tokens', async (client, way) => {
  const name = `${way}acme`;
  const made = await client.workspaces.create(name, 'Acme');
  const renamed = await client.workspaces.rename(name, 'Acme & Co.');
  expect(await client.workspaces.get(name)).toEqual(renamed);
  expect(await client.workspaces.list()).toContainEqual(renamed);
  const member = await client.workspaces.putMember(name, 'ada', 'user');
  expect(await client.workspaces.members(name)).toEqual([member]);
  await client.workspaces.removeMember(name, 'ada');
  expect(await client.workspaces.members(name)).toEqual([]);
  const token = await client.tokens.create({ name: `${way}ci`, role: 'viewer' });
  expect(token.token).toMatch(/^orc_api_/);
  expect(await client.tokens.list()).toContainEqual(expect.objectContaining({ id: token.id, role: 'viewer' }));
  const scope = { taskTypes: ['review'], capabilities: ['code-review'] };
  const scoped = await client.tokens.create({ name: `${way}bot`, role: 'user', scope });
  expect(await client.tokens.list()).toContainEqual(expect.objectContaining({ id: scoped.id, scope }));
  await client.tokens.revoke(token.id);
  await expect(client.tokens.revoke(token.id)).rejects.toMatchObject({ code: 'TOKEN_NOT_FOUND' });
  return { made, renamed, member, token, scoped };
});

bothWays('shows who did what, and that the log is whole', async (client, way) => {
  const { id } = await client.tokens.create({ name: `${way}audited`, role: 'viewer' });
  await client.tokens.revoke(id);
  const entriesOfToken = async () =>
    (await client.audit.list({ limit: 20 })).entries.filter(({ target }) => Object.values(target).includes(id));
  // What a change came to is kept while it is answered.
  await until('its end is kept', async () => (await entriesOfToken()).length === 2);
  const ofToken = await entriesOfToken();
  const exported = [];
  for await (const line of client.audit.export()) exported.push(line);
  const numbers = exported.flatMap((line) => ('entry' in line ? [line.seq] : []));
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, at) => at + 1));
  expect(exported[numbers.length]).toMatchObject({ kind: 'head', seq: numbers.length });
  const { isSound, faults } = await client.audit.verify();
  const anchors = exported.flatMap((line) =>
    'kind' in line && line.kind === 'anchor' ? [{ ...line, kind: 'anchor' as const, at: line.at ?? 0 }] : [],
  );
  expect((await client.audit.verify({ anchors })).isSound).toBe(isSound);
  return { isSound, faults, actions: ofToken.map(({ action, outcome }) => [action, outcome]) };
});

bothWays('keeps schedules and receivers', async (client, way) => {
  const plan = {
    version: 1,
    name: 'nightly',
    agents: { ada: { connector: 'simulated' } },
    tasks: { a: { agent: 'ada' } },
  };
  const name = `${way}nightly`;
  const created = await client.schedules.create({ name, plan, cron: '0 3 * * *', paused: true });
  expect(created).toMatchObject({ name, paused: true, cron: ['0 3 * * *'] });
  expect((await client.schedules.resume(name, 'Now.')).paused).toBe(false);
  expect((await client.schedules.pause(name)).paused).toBe(true);
  expect((await client.schedules.list()).map((one) => one.name)).toContain(name);
  await client.schedules.remove(name);
  await expect(client.schedules.get(name)).rejects.toMatchObject({ status: 404 });
  const hook = { name: `${way}hook`, url: 'https://hooks.example.org/x', types: ['session-ended' as const] };
  const { secret, ...webhook } = await client.webhooks.create(hook);
  expect(secret).toMatch(/^whsec_/);
  expect((await client.webhooks.change(hook.name, { enabled: false })).enabled).toBe(false);
  expect((await client.webhooks.rotate(hook.name)).secret).not.toBe(secret);
  expect(await client.webhooks.deliveries(hook.name)).toEqual([]);
  await client.webhooks.remove(hook.name);
  return { ...created, next: created.next.length, webhook };
});
