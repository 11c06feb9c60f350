import { randomBytes } from 'node:crypto';
import { Client } from '@temporalio/client';
import type { RunningApi } from '../../src/main/api';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { registerRemote } from './remote-agent-client';

let installation: TestInstallation;
let api: RunningApi;
const keys = `new:${randomBytes(32).toString('base64')},old:${randomBytes(32).toString('base64')}`;

beforeAll(async () => {
  installation = await openTestInstallation({
    ORCHESTRA_SECRET_KEYS: keys,
    ORCHESTRA_PAYLOAD_ENCRYPTION: 'required',
  });
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
});
afterAll(() => installation.close());

type Session = Awaited<ReturnType<TestInstallation['start']>>;

interface Kept {
  /** Everything, as text. */
  text: string;
  encrypted: number;
  plain: string[];
}

/** All that Temporal keeps of the session once it has ended, as somebody sees it who has no key. Search attributes are for searching. */
async function keptOf(session: Session): Promise<Kept> {
  const handle = installation.temporal.workflow.getHandle(session.workflowId);
  await handle.result().catch(() => undefined);
  const { events } = await handle.fetchHistory();
  const kept: Kept = { text: '', encrypted: 0, plain: [] };
  const collect = (value: unknown, name = ''): void => {
    if (name === 'searchAttributes' || name === 'upsertWorkflowSearchAttributesEventAttributes') return;
    if (value instanceof Uint8Array) kept.text += `${Buffer.from(value).toString('latin1')}\n`;
    else if (value !== null && typeof value === 'object') {
      const { metadata, data } = value as { metadata?: Record<string, Uint8Array>; data?: Uint8Array };
      const encoding = Buffer.from(metadata?.['encoding'] ?? []).toString();
      if (encoding === 'binary/encrypted') kept.encrypted++;
      else if (encoding !== '') kept.plain.push(Buffer.from(data ?? []).toString());
      for (const [key, part] of Object.entries(value)) collect(part, key);
    } else kept.text += `${String(value)}\n`;
  };
  collect(events);
  return kept;
}

/** What the SDK itself writes beside the result of a local activity, past every codec: numbers, times and the name of the activity. */
const ofTheSdk = expect.stringMatching(
  /^\{"seq":\d+,"attempt":\d+,"activity_id":"\d+","activity_type":"\w+",/,
) as string;

const canary = 'canary-8812';

test('turns, attempts, requests, queries and children all go through the codec', async () => {
  const agent = await registerRemote(installation, api, 'writer');
  const session = await installation.start(
    `version: 1
name: sealed
agents: { quick: { connector: simulated, latency: 1ms } }
tasks:
  first: { agent: quick }
  slow: { agent: writer, needs: [first] }
  below: { plan: ./child.plan.yaml, needs: [slow] }
`,
    { files: { 'child.plan.yaml': 'version: 1\nname: child\ntasks: { one: { run: ["true"] } }\n' } },
  );
  const work = await agent.claim();
  await session.pause();
  expect(await session.progress()).toMatchObject({ status: 'paused' });
  await session.resume();
  await agent.settle('complete', work, { output: 'done' });
  expect((await session.result()).status).toBe('succeeded');
  const parent = await keptOf(session);
  expect(parent.encrypted).toBeGreaterThan(5);
  expect(parent.plain).toEqual(parent.plain.map(() => ofTheSdk));
  const child = await keptOf(await installation.client.get(`${session.id}.below`));
  expect(child.encrypted).toBeGreaterThan(2);
  expect(child.plain).toEqual(child.plain.map(() => ofTheSdk));
});

test('messages of failures are encrypted as well', async () => {
  const session = await installation.start(
    `version: 1\nname: failing\ntasks: { work: { run: ["sh", "-c", "echo ${canary} >&2; exit 3"], retry: { attempts: 1 } } }\n`,
  );
  expect((await session.result()).status).toBe('failed');
  const { text } = await keptOf(session);
  expect(text).not.toContain(canary);
  expect(text).not.toContain('The session failed');
  expect(text).toContain('Encoded failure');
});

test('with another key, and without one, nothing can be asked', async () => {
  const session = await installation.start(
    'version: 1\nname: asked\nagents: { a: { connector: simulated, latency: 10m } }\ntasks: { work: { agent: a } }\n',
  );
  await until('it runs', async () => (await session.progress())?.status === 'running');
  const stranger = new Client({ connection: installation.connection, namespace: 'default' });
  const handle = stranger.workflow.getHandle(session.workflowId);
  await expect(handle.query('progress')).rejects.toThrow();
  await session.cancel();
});
