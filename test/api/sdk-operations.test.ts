import { randomBytes } from 'node:crypto';
import type { AgentDefinition, ApiError, OutcomeReport } from '../../src';
import { createProposalStore } from '../../src/stores/proposals';
import { startBothWays, stopBothWays, testBothWays } from '../helpers/sdk/both-ways';
import type { BothWays } from '../helpers/sdk/both-ways';
import { settingsProposal } from '../helpers/settings-proposal';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startReceiver } from '../helpers/webhooks/receiver';
import type { Receiver } from '../helpers/webhooks/receiver';

let installation: TestInstallation;
let ways: BothWays;
let receiver: Receiver;
let apiUrl: string;

beforeAll(async () => {
  const environment = {
    ORCHESTRA_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ORCHESTRA_PRIVATE_WEBHOOKS: 'allow',
  };
  receiver = await startReceiver();
  ({ installation, apiUrl, ways } = await startBothWays(environment));
});
afterAll(async () => {
  await stopBothWays({ installation, ways });
  await receiver.close();
});

const bothWays = testBothWays(() => ways);

bothWays('keeps the versions of plans that were run', async (client, way) => {
  const name = `${way}grows`;
  const planOf = (tasks: string[]): object => ({
    version: 1,
    name,
    agents: { ada: { connector: 'simulated' } },
    tasks: Object.fromEntries(tasks.map((task) => [task, { agent: 'ada' }])),
  });
  for (const tasks of [['one'], ['one', 'two'], ['one']]) await client.sessions.run(planOf(tasks) as never);
  await client.sessions.run({ ...planOf(['one']), name: `${way}other` });
  const versions = await client.plans.versions(name);
  expect(versions).toHaveLength(2);
  const stored = await Promise.all(versions.map(({ hash }) => client.plans.version(name, hash)));
  expect(stored.map(({ plan }) => Object.keys(plan['tasks'] as object))).toEqual([['one', 'two'], ['one']]);
  const first = await client.plans.list({ limit: 1 });
  expect([first.plans.length, first.next]).toEqual([1, expect.any(String)]);
  const named = [];
  for await (const one of client.plans.each({ limit: 1 })) named.push(one);
  expect(named.map((one) => one.name)).toEqual([...new Set(named.map((one) => one.name))].sort());
  expect(named.find((one) => one.name === name)).toEqual({ name, versions: 2, latest: versions[0] });
  // What is shown is the plan that was run.
  const [{ plan, hash } = { plan: {}, hash: '' }] = stored;
  expect((await client.plans.validate(plan as never)).hash).toBe(hash);
  const nobody = client.plans.versions('nobody');
  await expect(nobody).rejects.toMatchObject({ code: 'PLAN_NOT_FOUND', status: 404 });
  await expect(client.plans.version('nobody', hash)).rejects.toMatchObject({ code: 'PLAN_NOT_FOUND' });
  return stored.map(({ plan: one }) => one['tasks']);
});

bothWays('sets, lists, tries and removes alerts', async (client, way) => {
  const name = `${way}failing`;
  const set = await client.alerts.set(name, { metric: 'success-rate', raiseAt: 0.8, agent: 'writer', window: '2h' });
  expect(set).toMatchObject({ name, unit: 'share', clearAt: 0.88, raiseAfter: 2, windowMs: 7_200_000, raised: false });
  await client.alerts.set(`${way}dear`, { metric: 'cost-per-day', raiseAt: 20e6, repeatEvery: '4h' });
  await expect(client.alerts.acknowledge(`${way}dear`)).rejects.toMatchObject({
    code: 'ALERT_NOT_RAISED',
    status: 409,
  });
  await installation.pool.query('UPDATE alert_rules SET is_raised = true WHERE name = $1', [`${way}dear`]);
  expect(await client.alerts.acknowledge(`${way}dear`, { note: 'It is a test.' })).toMatchObject({
    ...{ raised: true, repeatMs: 14_400_000, acknowledged: { by: expect.any(String), note: 'It is a test.' } },
  });
  const listed = await client.alerts.list();
  expect(listed.map((alert) => [alert.name, alert.windowMs])).toEqual([
    [`${way}dear`, 86_400_000],
    [name, 7_200_000],
  ]);
  const wrong = client.alerts.set(name, { metric: 'queue', raiseAt: 5, clearAt: 9, agent: 'writer' });
  await expect(wrong).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message: expect.stringMatching(/clear at the limit or below it; queue is not measured of single agents/),
    faults: [{ pointer: '/clearAt' }, { pointer: '/agent' }].map((place) => expect.objectContaining(place) as object),
  });
  await client.webhooks.create({ name: `${way}team`, url: receiver.url, types: ['alert'] });
  const [delivery] = await client.alerts.test(`${way}team`);
  expect(delivery).toMatchObject({ webhook: `${way}team`, status: 'delivered', tries: 1 });
  expect(JSON.parse(receiver.received.at(-1)?.body ?? '')).toMatchObject({ type: 'alert.tested' });
  const [event] = await client.alerts.history({ limit: 1 });
  expect(event).toMatchObject({ type: 'tested', rule: null, deliveries: [delivery] });
  await expect(client.alerts.test('nobody')).rejects.toMatchObject({ code: 'ALERT_NOT_FOUND', status: 404 });
  await client.alerts.remove(`${way}dear`);
  await client.alerts.remove(name);
  await expect(client.alerts.remove(name)).rejects.toMatchObject({ code: 'ALERT_NOT_FOUND' });
  await client.webhooks.remove(`${way}team`);
  return { set, listed: listed.length, left: await client.alerts.list() };
});

bothWays('proposes changes, applies just these, and undoes them', async (client, way) => {
  // Nothing has been done yet that speaks for a change; what it takes to come to one is tested with the store.
  expect(await client.optimisation.propose()).toEqual([]);
  const id = `${way}aaaa`;
  const proposal = { ...settingsProposal, id };
  await createProposalStore(installation.pool).keep('default', [proposal]);
  const [applied] = await client.optimisation.apply([id]);
  expect(applied).toMatchObject({ proposal: id, change: proposal.change, undoneAt: null });
  expect(await client.settings.get()).toMatchObject({ exploration: 0.25 });
  await expect(client.optimisation.apply([id, 'missing'])).rejects.toMatchObject({ status: expect.any(Number) });
  const undone = await client.optimisation.undo(id);
  expect(undone.undoneAt).not.toBeNull();
  expect(await client.settings.get()).toEqual({});
  expect((await client.optimisation.history({ limit: 1 })).map((one) => one.proposal)).toEqual([id]);
  await expect(client.optimisation.undo('missing')).rejects.toMatchObject({ code: 'PROPOSAL_NOT_FOUND' });
  return { undone: undone.says };
});

bothWays('gives agents tokens and secrets, and takes them back', async (client, way) => {
  const name = `${way}far`;
  await client.agents.register({ name, connector: 'remote' });
  const made = await client.agents.tokens.create(name, { expiresIn: '30d' });
  expect(made.token).toMatch(/^orc_agent_/);
  const beat = await fetch(`${apiUrl}/v1/agents/${name}/heartbeat`, {
    method: 'POST',
    headers: { authorization: `Bearer ${made.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ attempts: [] }),
  });
  expect(beat.status).toBe(200);
  const listed = await client.agents.tokens.list(name);
  expect(listed).toEqual([{ id: made.id, agent: name, createdAt: expect.any(String), expiresAt: made.expiresAt }]);
  await client.agents.tokens.revoke(name, made.id);
  await expect(client.agents.tokens.revoke(name, made.id)).rejects.toMatchObject({ code: 'TOKEN_NOT_FOUND' });
  await expect(client.agents.tokens.create('nobody')).rejects.toMatchObject({ code: 'AGENT_NOT_FOUND' });

  await client.agents.secrets.set(name, 'KEY', `canary-${way}`);
  const kept = await installation.agentSecrets.reveal({ workspace: 'default', name }, ['KEY']);
  expect(kept.get('KEY')).toBe(`canary-${way}`);
  const secrets = await client.agents.secrets.list(name);
  expect(secrets).toEqual([{ name: 'KEY', keyId: 'k1' }]);
  expect(await client.agents.secrets.rotate()).toBe(0);
  await expect(client.agents.secrets.set(name, 'no-name', 'x')).rejects.toMatchObject({ code: 'USAGE' });
  await client.agents.secrets.remove(name, 'KEY');
  await expect(client.agents.secrets.remove(name, 'KEY')).rejects.toMatchObject({ code: 'SECRET_NOT_FOUND' });
  return { listed, secrets };
});

bothWays('says what can be done about an agent, does it, and tells what became of it', async (client, way) => {
  const name = `${way}ill`;
  const probe = { command: [process.execPath, '-e', 'process.exit(3)'] };
  await client.agents.register({ name, connector: 'command', command: ['true'], probe });
  const options = await client.agents.recoveries.list(name);
  expect(options.map(({ action, isPossible, automatic }) => [action, isPossible, automatic])).toEqual([
    ['probe', true, true],
    ['restart', false, false],
    ['drain', true, false],
    ['quarantine', true, false],
    ['alert', true, false],
  ]);
  const started = await client.agents.recoveries.start(name, { action: 'probe', why: 'It is slow.' });
  expect(started.status).toBe('open');
  const id = String(started.id);
  await until('it is probed', async () => (await client.agents.recoveries.get(name, id)).status !== 'open');
  const { links, ...probed } = await client.agents.recoveries.get(name, id);
  expect(links).toMatchObject({ self: `/v1/agents/${name}/recoveries/${id}`, agent: `/v1/agents/${name}` });
  expect(probed).toMatchObject({ action: 'probe', status: 'failed', detail: expect.stringContaining('exit 3') });
  const impossible = client.agents.recoveries.start(name, { action: 'restart' });
  await expect(impossible).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  await expect(client.agents.recoveries.get(name, '999999')).rejects.toMatchObject({ code: 'RECOVERY_NOT_FOUND' });
  expect(await client.agents.recoveries.start(name, { action: 'quarantine' })).toMatchObject({ status: 'succeeded' });
  expect((await client.agents.get(name)).status).toBe('error');
  await client.agents.reset(name);
  const events = await client.agents.events(name);
  const ofPeople = events.filter(({ kind }) => ['probed', 'quarantined', 'reset'].includes(kind));
  expect(ofPeople.map(({ kind }) => kind)).toEqual(['reset', 'quarantined', 'probed']);
  for (const { by } of ofPeople) expect(by).toMatch(way === 'http-' ? /^token:admin\// : /^sdk/);
  await client.agents.unregister(name);
  return { options, probed };
});

bothWays('takes reports of work done elsewhere once, and forgets what they taught', async (client, way) => {
  const name = `${way}elsewhere`;
  await client.agents.register({ name, connector: 'remote', capabilities: ['code'] });
  const report = (id: string, more: Partial<OutcomeReport> = {}): OutcomeReport => ({
    ...{ id: `${way}${id}`, agent: name, verdict: 'succeeded', type: 'bug-fix', capability: 'code' },
    ...{ endedAt: new Date(Date.now() - 60_000).toISOString(), durationMs: 2_000, costUsd: 0.5 },
    ...more,
  });
  const first = await client.outcomes.report([report('1'), report('2', { verdict: 'failed', error: 'No such file.' })]);
  expect(first).toEqual({ reported: 2, known: 0 });
  expect(await client.outcomes.report([report('2'), report('3')])).toEqual({ reported: 1, known: 1 });
  const future = new Date(Date.now() + 86_400_000).toISOString();
  await expect(client.outcomes.report([report('4'), report('5', { endedAt: future })])).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    faults: [{ pointer: '/reports/1/endedAt', detail: 'lies in the future' }],
  });
  await expect(client.outcomes.report([report('4', { agent: 'nobody' })])).rejects.toMatchObject({
    code: 'AGENT_NOT_FOUND',
  });
  const { rows } = await installation.pool.query<{ session: string }>(
    'SELECT session FROM outcomes WHERE agent = $1 ORDER BY session',
    [name],
  );
  expect(rows.map(({ session }) => session)).toEqual(['1', '2', '3'].map((id) => `@${way}${id}`));
  await client.learnings.forget(name);
  await expect(client.learnings.forget('nobody')).rejects.toMatchObject({ code: 'AGENT_NOT_FOUND' });
  await expect(client.forgetInsight('missing')).rejects.toMatchObject({ code: 'INSIGHT_NOT_FOUND' });
  return first;
});

bothWays('reports on a session, on routing, and forgets memories and hosts', async (client, way) => {
  const plan = {
    version: 1,
    name: 'reported',
    agents: { ada: { connector: 'simulated', latency: '1ms' } },
    tasks: { one: { agent: 'ada' }, two: { agent: 'ada', needs: ['one'] } },
  };
  const session = await client.sessions.run(plan, { id: `${way}reported` });
  await session.result();
  const { status, report } = await session.report();
  expect(status).toBe('succeeded');
  expect(report).toMatchObject({
    criticalPath: ['one', 'two'],
    agents: [{ succeededRuns: 2, attempts: 2, failed: 0 }],
  });
  await expect(client.sessions.handle('nobody').report()).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
  const { strategies } = await client.routingMetrics({ hours: 1 });
  expect(strategies[0]?.strategy).toBe('all');
  const name = `${way}rememberer`;
  await client.agents.register({ name, connector: 'remote' });
  for (const text of ['Roses are red.', 'Violets are blue.']) await client.agents.memories.add(name, { text });
  expect(await client.agents.memories.forgetAll(name)).toBe(2);
  expect(await client.agents.memories.list(name)).toEqual([]);
  await installation.hosts.join(
    { workspace: 'default', name: `${way}host`, holder: 'test', maxConcurrent: 1, agents: [] },
    () => true,
  );
  await expect(client.removeHost(`${way}host`)).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  await installation.hosts.leave({ workspace: 'default', name: `${way}host`, holder: 'test' });
  await client.removeHost(`${way}host`);
  await expect(client.removeHost(`${way}host`)).rejects.toMatchObject({ code: 'HOST_NOT_FOUND' });
  expect((await client.hosts()).map((host) => host.name)).not.toContain(`${way}host`);
  return report?.agents.map(({ agent, attempts }) => ({ agent, attempts }));
});

bothWays('registers agents by their cards, and by Markdown', async (client, way) => {
  const card = {
    name: `${way}reviewer`,
    description: 'Reviews changes.',
    supportedInterfaces: [{ url: 'https://agents.example/rpc', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
    skills: [{ id: 'code.review', name: 'Review', description: 'Reviews.', tags: ['typescript'] }],
    securityRequirements: [{ schemes: { bearer: { list: [] } } }],
  };
  const headers = { Authorization: 'Bearer ${{ secrets.TOKEN }}' };
  const added = await client.agents.importCard(card, { settings: { headers, maxConcurrent: 3 } });
  expect(added).toMatchObject({
    ...{ name: card.name, type: 'a2a', maxConcurrent: 3, tags: ['typescript'], notes: [] },
    definition: { connector: 'a2a', url: 'https://agents.example/rpc', headers },
  });
  await expect(client.agents.importCard(card)).rejects.toMatchObject({ code: 'AGENT_EXISTS', status: 409 });
  const other = await client.agents.importCard(card, { name: `${way}second` });
  expect(other.notes).toEqual([expect.stringContaining('"settings": { "headers"')]);
  const refusals = await Promise.all(
    [
      client.agents.importCard({ ...card, skills: [{ id: '!!!', tags: [] }], name: 'no name' }),
      client.agents.importCard(card, { name: `${way}third`, settings: { maxConcurrent: 0 } }),
      client.agents.importMarkdown('No front matter.'),
    ].map((refused) => refused.then(fail, ({ code, faults }: ApiError) => ({ code, faults }))),
  );
  expect(refusals).toMatchObject([
    {
      code: 'AGENT_INVALID',
      faults: [
        { pointer: '/card/name', detail: expect.stringContaining('choose one with "name", e.g. "name": "no-name"') },
        { pointer: '/card/skills/0/id' },
      ],
    },
    { code: 'AGENT_INVALID', faults: [{ pointer: '/settings/maxConcurrent' }] },
    { code: 'AGENT_INVALID', faults: [{ pointer: '/text', detail: expect.stringContaining('text.md:1:1') }] },
  ]);
  const { definition } = await client.agents.get(card.name);
  const capabilities = [{ name: 'code.review', proficiency: 0.5 }, 'code.write'];
  const { etag } = await client.agents.update({
    ...(definition as AgentDefinition),
    instructions: 'Be kind.',
    capabilities,
  });
  const url = 'https://agents.example/moved';
  const moved = { ...card, supportedInterfaces: [{ ...card.supportedInterfaces[0], url }] };
  await expect(client.agents.updateCard(card.name, moved, { ifMatch: added.etag })).rejects.toMatchObject({
    status: 412,
  });
  const updated = await client.agents.updateCard(card.name, moved, { ifMatch: etag });
  expect(updated).toMatchObject({
    ...{ notes: [], maxConcurrent: 3, definition: { instructions: 'Be kind.', url, headers } },
    capabilities: [{ name: 'code.review', proficiency: 0.5, technologies: ['typescript'] }],
  });
  // Of those who change it at once, each finds what the others have changed.
  const settings = [{ maxConcurrent: 5 }, { rateLimit: '7/1m' }, { shared: true }];
  await Promise.all(settings.map((one) => client.agents.updateCard(card.name, card, { settings: one })));
  expect(await client.agents.get(card.name)).toMatchObject({
    definition: { url: 'https://agents.example/rpc', maxConcurrent: 5, rateLimit: '7/1m', shared: true },
  });
  const wrong = client.agents.updateCard(card.name, { ...card, skills: [{ id: '!!!', tags: [] }] });
  await expect(wrong).rejects.toMatchObject({ code: 'AGENT_INVALID', faults: [{ pointer: '/card/skills/0/id' }] });
  await expect(client.agents.updateCard(`${way}nobody`, card)).rejects.toMatchObject({ code: 'AGENT_NOT_FOUND' });
  const text = `---\nname: ${way}writer\nconnector: http\nurl: https://writer.example/\n---\nWrite well.\n`;
  const written = await client.agents.importMarkdown(text);
  expect(written.definition).toMatchObject({ instructions: 'Write well.', connector: 'http' });
  for (const { name } of [added, other, written]) await client.agents.unregister(name);
  return { added, written, refusals };
});

function fail(): never {
  throw new Error('it was expected to be refused');
}
