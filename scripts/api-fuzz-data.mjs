// What there is for Schemathesis to find: by chance it would guess neither the id of a session nor a plan.
import { setTimeout as delay } from 'node:timers/promises';

const copies = 12;
const simulated = 'agents: { a: { connector: simulated, latency: 1h }, b: { connector: simulated } }';
const plans = [
  `version: 1\nname: planted\n${simulated}\ntasks: { done: { agent: b }, task: { agent: a, needs: [done] } }\n`,
  `version: 1\nname: quick\n${simulated}\ntasks: { done: { agent: b } }\n`,
];
const asking = `version: 1\nname: asking\nbudget: { attempts: 1 }\n${simulated}\ntasks:\n  one: { agent: b }\n  two: { agent: b, needs: [one], onBudget: ask }\n`;

/** Values for parameters of paths and fields of bodies, by the name of a dictionary; and a token of an agent, with the agent. */
export async function plant(url, token) {
  const ask = async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  const many = (work) => Promise.all(Array.from({ length: copies }, (_, nth) => work(nth)));
  const of = async (path, noun = 'id') => {
    const answer = await ask('GET', path);
    const list = Object.values(answer).find(Array.isArray) ?? [];
    return list.map((one) => one[noun]).filter((value) => value !== undefined && value !== null);
  };

  const webhook = await many(async (nth) => {
    const receiver = { name: `planted-${nth}`, url: 'http://127.0.0.1:9/', types: ['session-started'] };
    return (await ask('POST', '/v1/webhooks', receiver)).name;
  });
  const session = await many(async (nth) => (await ask('POST', '/v1/sessions', { plan: plans[nth % 2] })).id);
  await many(() => ask('POST', '/v1/sessions', { plan: asking }));
  const agent = await many(async (nth) => {
    const definition = { name: `planted-${nth}`, connector: 'simulated', capabilities: [{ name: 'planting' }] };
    return (await ask('POST', '/v1/agents', definition)).name;
  });
  const task = await many(async () => {
    const one = { type: 'planted', agent: { capability: 'planting' }, prompt: 'Wait.' };
    return (await ask('POST', '/v1/tasks', one)).id;
  });
  const remote = (await ask('POST', '/v1/agents', { name: 'planted-far', connector: 'remote' })).name;
  const agentToken = (await ask('POST', `/v1/agents/${remote}/tokens`, {})).token;
  const memory = await many(async () => (await ask('POST', '/v1/agents/planted-0/memories', { text: 'Planted.' })).id);
  const schedule = await many(async (nth) => {
    const yearly = { name: `planted-${nth}`, plan: plans[1], cron: '@yearly', paused: true };
    return (await ask('POST', '/v1/schedules', yearly)).name;
  });
  const tokens = await many(
    async (nth) => (await ask('POST', '/v1/tokens', { name: `planted-${nth}`, role: 'viewer' })).id,
  );
  const alert = await many(async (nth) => {
    await ask('PUT', `/v1/alerts/planted-${nth}`, { metric: 'success-rate', raiseAt: 0.5, clearAt: 0.6 });
    return `planted-${nth}`;
  });
  /** Of each list where its second page begins, null where it has none: they are opaque, and no schema can say which ones there are. */
  const cursorsOf = async ({ paths }, ids) => {
    const lists = Object.entries(paths).filter(([, { get }]) => get?.parameters?.some(({ name }) => name === 'cursor'));
    const found = await Promise.all(
      lists.map(async ([path]) => {
        const named = path.replace(/\{(\w+)\}/g, (_, name) => ids[name]?.[0] ?? 'planted');
        return [path, (await ask('GET', `${named}?limit=1`)).next ?? null];
      }),
    );
    return Object.fromEntries(found);
  };
  // Asked for when the first task has ended.
  let approval = await of('/v1/approvals');
  for (let tries = 0; approval.length === 0 && tries < 100; tries += 1) {
    await delay(200);
    approval = await of('/v1/approvals');
  }
  const path = {
    ...{ webhook, session, task, agent, memory, schedule, alert, approval, token: tokens },
    run: ['task', 'done'],
    plan: ['planted', 'quick'],
    version: (await ask('GET', '/v1/plans/planted/versions')).versions.map(({ hash }) => hash),
    delivery: await of(`/v1/webhooks/${webhook[0]}/deliveries`),
    workspace: ['default'],
    subject: ['planted'],
    period: ['day', 'month'],
  };
  const body = {
    plan: plans,
    cron: ['0 3 * * *', '@daily'],
    timeZone: ['UTC', 'Europe/Berlin'],
    url: ['http://127.0.0.1:9/'],
  };
  const cursors = await cursorsOf(await ask('GET', '/openapi.json'), path);
  return { remote: { agent: remote, token: agentToken }, cursors, path, body };
}

/** The configuration with what was planted: nine of ten paths name something, and three of four bodies hold a plan. */
export function withPlanted(configuration, { remote, cursors, path, body }) {
  const dictionaries = [];
  const parameters = [];
  for (const [place, probability, named] of [
    ['path', 0.9, path],
    ['body', 0.75, body],
  ]) {
    for (const [name, values] of Object.entries(named)) {
      if (values.length === 0) throw new Error(`nothing was planted for ${place}.${name}`);
      dictionaries.push(`[dictionaries.${place}-${name}]\nvalues = ${JSON.stringify(values)}\n`);
      parameters.push(`"${place}.${name}" = { dictionary = "${place}-${name}", probability = ${probability} }`);
    }
  }
  const ofAgents = `[[operations]]
include-path-regex = "^/v1/agents/.agent./(claim|complete|fail|heartbeat|socket)$"
headers = { Authorization = "Bearer ${remote.token}" }
parameters = { "path.agent" = "${remote.agent}", "body.waitMs" = { dictionary = "waiting", probability = 1.0 } }
# It waits for as long as it is told to, and of the tokens that went in those from a cache are a part.
checks.max_response_time = 70
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "404", "409", "412", "422"]
`;
  dictionaries.push('[dictionaries.waiting]\nvalues = [0, 5]\n');
  // A cursor that was made up is refused.
  const ofLists = Object.entries(cursors).map(([list, cursor]) => {
    const dictionary = `cursor${list.replace(/\W+/g, '-')}`;
    if (cursor !== null) dictionaries.push(`[dictionaries.${dictionary}]\nvalues = ${JSON.stringify([cursor])}\n`);
    return `[[operations]]
include-name = "GET ${list}"
checks.positive_data_acceptance.expected-statuses = ["2xx", "304", "400", "401", "403", "404"]
${cursor === null ? '' : `parameters = { "query.cursor" = { dictionary = "${dictionary}", probability = 0.75 } }\n`}`;
  });
  return [
    ...dictionaries,
    configuration.replace('[parameters]\n', () => `[parameters]\n${parameters.join('\n')}\n`),
    ofAgents,
    ...ofLists,
  ].join('\n');
}
