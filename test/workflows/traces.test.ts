import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveAgent } from '../../src';
import type { RunningApi } from '../../src/main/api';
import { ApiClient, tokenOf } from '../api/api-client';
import { startCollector } from '../helpers/otlp-collector';
import { setUpProgramTracing } from '../helpers/program-tracing';
import type { ProgramTracing } from '../helpers/program-tracing';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { registerRemote, transports } from './remote-agent-client';

let collector: Awaited<ReturnType<typeof startCollector>>;
let installation: TestInstallation;
let api: RunningApi;
let client: ApiClient;
let agent: Server;
const told: unknown[] = [];

beforeAll(async () => {
  // As operators set it: OpenTelemetry's own variables, which its library reads.
  process.env['OTEL_BSP_SCHEDULE_DELAY'] = '50';
  process.env['OTEL_TRACES_SAMPLER'] = 'parentbased_always_on';
  collector = await startCollector();
  agent = createServer((request, response) => {
    told.push(request.headers['traceparent']);
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok": true}');
  });
  agent.listen(0, '127.0.0.1');
  await once(agent, 'listening');
  installation = await openTestInstallation({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  await installation.startWorkers();
  api = await installation.startApi();
  client = new ApiClient(api.url, await tokenOf(installation, 'admin'));
});
afterAll(async () => {
  await installation.close();
  await collector.close();
  agent.close();
});

const traceId = '0af7651916cd43dd8448eb211c80319c';
const caller = 'b7ad6b7169203331';

async function start(plan: object, flags: string, trace = traceId, files = {}): Promise<string> {
  const { status, headers } = await client.post(
    '/v1/sessions',
    { plan, files },
    { traceparent: `00-${trace}-${caller}-${flags}` },
  );
  expect(status).toBe(202);
  const location = headers.get('location') ?? '';
  await until('the session has ended', async () => (await client.get(`${location}/result`)).status === 200);
  return location;
}

it('is one trace from the request over turns and attempts to the agent', async () => {
  const url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}`;
  const location = await start(
    {
      version: 1,
      name: 'traced',
      agents: {
        web: { connector: 'http', url },
        program: { connector: 'command', command: ['sh', '-c', 'echo $TRACEPARENT'], output: 'text' },
        quick: { connector: 'simulated', inline: true },
      },
      tasks: {
        asked: { agent: 'web' },
        ran: { needs: ['asked'], agent: 'program' },
        quickly: { needs: ['ran'], agent: 'quick' },
      },
      outputs: { told: '${{ tasks.ran.output }}' },
    },
    '01',
  );
  const [request] = await collector.named(traceId, 'POST /v1/sessions');
  const [started] = await collector.named(traceId, 'session start');
  const [http] = await collector.named(traceId, 'connector http');
  const [command] = await collector.named(traceId, 'connector command');
  const [simulated] = await collector.named(traceId, 'connector simulated');
  const attempts = await collector.named(traceId, 'attempt', 3);
  // A turn that runs an attempt itself ends after it.
  const hasCome = (id: string | undefined): boolean => collector.spans.some(({ spanId }) => spanId === id);
  await until('the turns of all attempts have come', () => attempts.every((one) => hasCome(one.parentSpanId)));
  const turns = await collector.named(traceId, 'turn', 3);
  expect(request).toMatchObject({
    parentSpanId: caller,
    kind: 2,
    service: 'agent-orchestra',
    attributes: { 'http.route': '/v1/sessions', 'http.response.status_code': 202 },
  });
  expect(started?.parentSpanId).toBe(request?.spanId);
  for (const turn of turns) expect(turn.parentSpanId).toBe(started?.spanId);
  const turnIds = turns.map(({ spanId }) => spanId);
  for (const attempt of attempts) expect(turnIds).toContain(attempt.parentSpanId);
  const attemptOf = (task: string) => attempts.find(({ attributes }) => attributes['orchestra.task'] === task)?.spanId;
  expect([http, command, simulated].map((span) => span?.parentSpanId)).toEqual(
    ['asked', 'ran', 'quickly'].map(attemptOf),
  );
  expect(told).toEqual([`00-${traceId}-${http?.spanId}-01`]);
  const { body } = await client.get(location);
  expect(body).toMatchObject({ outputs: { told: `00-${traceId}-${command?.spanId}-01` } });
});

it('gives a child session the trace of the turn that started it', async () => {
  const id = '1af7651916cd43dd8448eb211c80319c';
  await start(
    {
      version: 1,
      name: 'parent',
      tasks: { sub: { plan: 'child.yaml' } },
    },
    '01',
    id,
    { 'child.yaml': 'version: 1\nname: child\nagents: { a: { connector: simulated } }\ntasks: { t: { agent: a } }\n' },
  );
  const turns = await collector.named(id, 'turn', 3);
  const ofChild = turns.filter(({ attributes }) => String(attributes['orchestra.session']).includes('.sub'));
  const ofParent = turns.filter((turn) => !ofChild.includes(turn)).map(({ spanId }) => spanId);
  expect(ofChild.length).toBeGreaterThan(0);
  for (const turn of ofChild) expect(ofParent).toContain(turn.parentSpanId);
});

it('sends no span of a trace that is not sampled, and hands its context on', async () => {
  told.splice(0);
  const id = '2af7651916cd43dd8448eb211c80319c';
  const url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}`;
  await start(
    { version: 1, name: 'unsampled', agents: { web: { connector: 'http', url } }, tasks: { a: { agent: 'web' } } },
    '00',
    id,
  );
  expect(told).toEqual([expect.stringMatching(new RegExp(`^00-${id}-[0-9a-f]{16}-00$`))]);
  // What is sampled comes after what is not.
  await start(
    { version: 1, name: 'sampled', agents: { q: { connector: 'simulated' } }, tasks: { a: { agent: 'q' } } },
    '01',
    traceId,
  );
  await collector.named(traceId, 'POST /v1/sessions', 2);
  expect(collector.spans.filter((span) => span.traceId === id)).toEqual([]);
});

describe('agents that come for their work', () => {
  const traceOf = { polling: '3'.repeat(32), websocket: '4'.repeat(32) };
  let program: ProgramTracing;
  beforeAll(() => (program = setUpProgramTracing()));
  afterAll(() => program.shutDown());

  it.each(transports)('go on with the trace over %s, and hand it back with their result', async (transport) => {
    const id = traceOf[transport];
    const name = `far-${transport}`;
    const { token } = await registerRemote(installation, api, name, {}, transport);
    const worked: unknown[] = [];
    const served = serveAgent({
      ...{ transport, url: api.url, token, agent: name },
      run: ({ traceparent }) => void worked.push(traceparent),
    });
    await start({ version: 1, name: 'far', tasks: { far: { agent: name } } }, '01', id);
    await served.stop();
    const [attempt] = await collector.named(id, 'attempt');
    const [handedOver] = await collector.named(id, 'connector remote');
    const [settled] = await collector.named(id, 'POST /v1/agents/:agent/complete');
    expect(attempt?.attributes).toMatchObject({ 'orchestra.task': 'far', 'orchestra.offered': true });
    expect(handedOver).toMatchObject({
      parentSpanId: attempt?.spanId,
      kind: 3,
      attributes: { 'orchestra.agent': name, 'orchestra.attempt': 1 },
    });
    const spans = program.spansOf(id);
    expect(spans).toMatchObject([{ name: 'agent work', parentSpanContext: { spanId: handedOver?.spanId } }]);
    const { spanId } = spans[0]?.spanContext() ?? {};
    expect(worked).toEqual([`00-${id}-${spanId}-01`]);
    expect(settled).toMatchObject({
      parentSpanId: spanId,
      kind: 2,
      attributes: { 'http.response.status_code': 200 },
    });
  });

  it('are handed the context of a trace that is not sampled', async () => {
    const id = '5'.repeat(32);
    const far = await registerRemote(installation, api, 'far-unsampled');
    const doWork = async (): Promise<unknown> => {
      const work = await far.claim();
      await far.settle('complete', work);
      return work.traceparent;
    };
    const plan = { version: 1, name: 'far', tasks: { far: { agent: far.name } } };
    const [told] = await Promise.all([doWork(), start(plan, '00', id)]);
    expect(told).toEqual(expect.stringMatching(new RegExp(`^00-${id}-[0-9a-f]{16}-00$`)));
  });
});
