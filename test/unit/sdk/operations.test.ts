import { Orchestra } from '../../../src/sdk/http';
import { rules } from '../../../src/api/permissions';

/** What no client of people needs: serveAgent does the work of agents, Temporal's Web UI decodes, and the others are for those who run the API. */
const elsewhere = ['GET /healthz', 'GET /openapi.json', 'POST /codec/decode', 'POST /codec/encode'];

const operations = Object.keys(rules).filter(
  (operation) => rules[operation] !== 'work.do' && !elsewhere.includes(operation),
);

/** Lists are empty, and whatever is waited for has ended. */
const answer = {
  ...{ id: '{session}', status: 'running', endedAt: 'now', progress: {}, forecast: null, next: null, mermaid: '' },
  ...{ sessions: [], agents: [], memories: [], approvals: [], limits: [], insights: [], events: [], runs: [] },
  ...{
    hosts: [],
    tasks: [],
    workspaces: [],
    members: [],
    tokens: [],
    schedules: [],
    webhooks: [],
    deliveries: [],
    alerts: [],
    versions: [],
    proposals: [],
    applied: [],
    secrets: [],
    actions: [],
    metrics: [],
    waiting: [],
    inSpite: [],
    settings: {},
    definition: {},
  },
};

test('every operation of the API can be reached: add a new one to the client, with a scenario in test/api/sdk*.test.ts', async () => {
  const asked = new Set<string>();
  const client = new Orchestra({
    apiUrl: 'http://api.invalid',
    headers: () => ({}),
    fetch: (url, { method }) => {
      const { pathname } = new URL(url);
      asked.add(`${method} ${decodeURIComponent(pathname)}`);
      const streamed: Record<string, string> = {
        '/v1/events': 'data: {"id":"1"}\n\n',
        '/v1/audit/export': '{"kind":"head"}\n',
      };
      return Promise.resolve(new Response(streamed[pathname] ?? JSON.stringify(answer)));
    },
  });
  const session = client.sessions.handle('{session}');
  const task = client.tasks.handle('{task}');
  const plan = { plan: 'version: 1' };
  await Promise.all([
    client.sessions.run(plan),
    client.sessions.list(),
    client.whoami(),
    client.events().next(),
    ...[session.get(), session.result(), session.log(), session.plan(), session.edit({ ...plan, from: 'h' })],
    ...[session.pause(), session.resume(), session.cancel(), session.retry(), session.retry({ task: '{run}' })],
    ...[session.tasks(), session.task('{run}'), session.explain('{run}'), session.feedback('{run}', { rating: 5 })],
    ...[session.resolveConflict('{run}'), session.cancelTask('{run}'), session.budget(), session.report()],
    session.previewEdit(plan),
    ...[client.tasks.submit({ type: 't', agent: 'a' }), task.get(), task.outcome(), task.explain(), task.cancel()],
    ...[client.plans.validate(plan), client.plans.graph(plan), client.plans.route(plan), client.plans.schema()],
    ...[client.plans.list(), client.plans.versions('{plan}'), client.plans.version('{plan}', '{version}')],
    client.agents.register({ name: 'a', connector: 'remote' }),
    ...[client.agents.importCard({}), client.agents.importMarkdown('---\nname: a\n---\n')],
    ...[client.agents.update({ name: '{agent}', connector: 'remote' }), client.agents.updateCard('{agent}', {})],
    ...[client.agents.list(), client.agents.get('{agent}'), client.agents.unregister('{agent}')],
    ...[client.agents.insights('{agent}'), client.agents.drain('{agent}'), client.agents.undrain('{agent}')],
    ...[client.agents.quarantine('{agent}', 'why'), client.agents.reset('{agent}')],
    client.agents.memories.list('{agent}'),
    client.agents.memories.add('{agent}', { text: 't' }),
    client.agents.memories.forget('{agent}', '{memory}'),
    client.agents.memories.forgetAll('{agent}'),
    ...[client.agents.events('{agent}'), client.agents.recoveries.list('{agent}')],
    client.agents.recoveries.start('{agent}', { action: 'probe' }),
    client.agents.recoveries.get('{agent}', '{recovery}'),
    ...[client.agents.tokens.list('{agent}'), client.agents.tokens.create('{agent}')],
    client.agents.tokens.revoke('{agent}', '{token}'),
    ...[client.agents.secrets.list('{agent}'), client.agents.secrets.set('{agent}', '{secret}', 'v')],
    ...[client.agents.secrets.remove('{agent}', '{secret}'), client.agents.secrets.rotate()],
    ...[client.alerts.list(), client.alerts.set('{alert}', { metric: 'queue', raiseAt: 1 })],
    ...[client.alerts.remove('{alert}'), client.alerts.history(), client.alerts.test()],
    ...[client.alerts.get('{alert}'), client.alerts.acknowledge('{alert}')],
    ...[client.optimisation.propose(), client.optimisation.apply(['p']), client.optimisation.history()],
    client.optimisation.undo('{proposal}'),
    ...[client.outcomes.report([]), client.learnings.forget('{agent}'), client.forgetInsight('{insight}')],
    ...[client.routingMetrics(), client.removeHost('{host}')],
    ...[client.approvals.list(), client.approvals.get('{approval}'), client.approvals.decide('{approval}', 'approved')],
    ...[client.settings.get(), client.settings.change({}), client.budgets.get()],
    client.budgets.setLimits('{period}' as 'month', 'none'),
    ...[client.learnings.query(), client.insights(), client.health(), client.healthEvents(), client.metrics()],
    ...[client.workspaces.list(), client.workspaces.create('w'), client.workspaces.get('{workspace}')],
    ...[client.workspaces.rename('{workspace}', 't'), client.workspaces.members('{workspace}')],
    client.workspaces.putMember('{workspace}', '{subject}', 'user'),
    client.workspaces.removeMember('{workspace}', '{subject}'),
    ...[client.tokens.list(), client.tokens.create({ name: 'ci', role: 'user' }), client.tokens.revoke('{token}')],
    ...[client.audit.list(), client.audit.export().next(), client.audit.verify(), client.audit.verify({ anchors: [] })],
    client.schedules.create({ name: 's', cron: '@daily', ...plan }),
    client.schedules.replace('{schedule}', { cron: '@daily', ...plan }),
    ...[client.schedules.list(), client.schedules.get('{schedule}'), client.schedules.remove('{schedule}')],
    ...[client.schedules.pause('{schedule}'), client.schedules.resume('{schedule}')],
    ...[client.schedules.trigger('{schedule}'), client.schedules.backfill('{schedule}', { from: 'a', to: 'b' })],
    client.webhooks.create({ name: 'w', url: 'https://a.example', types: ['session-ended'] as never }),
    ...[client.webhooks.list(), client.webhooks.get('{webhook}'), client.webhooks.change('{webhook}', {})],
    ...[client.webhooks.remove('{webhook}'), client.webhooks.rotate('{webhook}')],
    client.webhooks.delivery('{webhook}', '{delivery}'),
    ...[client.webhooks.deliveries('{webhook}'), client.webhooks.redeliver('{webhook}', '{delivery}')],
    client.ci.trigger({ repository: 'ada/engine', branch: 'main', commit: 'abcdef0', ...plan }),
    ...[client.artifact('{artifact}'), client.conflicts(), client.queue(), client.hosts(), client.ready()],
  ]);
  expect(operations.filter((operation) => !asked.has(operation))).toEqual([]);
});
