import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload } from '@temporalio/common';
import { readConfiguration } from '../../../src/main/configuration';
import { payloadConversion } from '../../../src/main/data-converter';
import { createPayloadCodec } from '../../../src/main/payload-codec';
import type { PayloadEncryption } from '../../../src/main/payload-encryption';

type Codec = ReturnType<typeof createPayloadCodec>;
const keyOf = (id: string) => ({ id, key: randomBytes(32) });
const [first, second] = [keyOf('k1'), keyOf('k2')];

const codecWith = (options: {
  keys?: ReturnType<typeof keyOf>[];
  mode?: PayloadEncryption;
  namespace?: string;
}): Codec =>
  createPayloadCodec({
    mode: options.mode ?? 'on',
    namespace: options.namespace ?? 'default',
    loadKeys: () => options.keys ?? [first],
  });

const plain = { secret: 'sesame-0815 ✓', n: [1, null] };
const payloads: Payload[] = [defaultPayloadConverter.toPayload(plain), { metadata: {}, data: new Uint8Array(0) }];
const of = (workflowId: string) => ({ type: 'workflow', namespace: 'default', workflowId }) as const;
const inActivity = { type: 'activity', namespace: 'default', workflowId: 'team/s', isLocal: true } as const;
const textOf = (payload: Payload | undefined): string =>
  Buffer.from(payload?.data ?? []).toString('latin1') + JSON.stringify(payload?.metadata);
const valueOf = (payload: Payload | undefined): unknown => defaultPayloadConverter.fromPayload(payload as Payload);
const encoded = async (codec: Codec): Promise<Payload> => (await codec.encode(payloads, of('team/s')))[0] as Payload;

test('what is encoded opens again in workflows and activities of the workspace, and looks different each time', async () => {
  const codec = codecWith({});
  const [one, other] = await Promise.all([codec.encode(payloads, of('team/s')), codec.encode(payloads, of('team/s'))]);
  expect(one).toHaveLength(2);
  expect(textOf(one[0])).not.toContain('sesame');
  expect(textOf(one[0])).not.toEqual(textOf(other[0]));
  const decoded = await codec.decode(one, inActivity);
  expect(valueOf(decoded[0])).toEqual(plain);
  expect(decoded[1]?.data ?? new Uint8Array(0)).toHaveLength(0);
  // A memo: nobody knows of which workflow.
  expect(valueOf((await codec.decode(one))[0])).toEqual(plain);
  // Another process has other derived keys.
  expect(valueOf((await codecWith({}).decode(one, of('team/other')))[0])).toEqual(plain);
});

test('the first key encrypts, all decrypt', async () => {
  const before = await encoded(codecWith({}));
  const both = codecWith({ keys: [second, first] });
  expect(valueOf((await both.decode([before], of('team/s')))[0])).toEqual(plain);
  const after = await encoded(both);
  await expect(codecWith({}).decode([after])).rejects.toMatchObject({
    code: 'PAYLOAD_UNREADABLE',
    message: expect.stringContaining('"k2"'),
  });
});

describe('does not open', () => {
  const codec = codecWith({});
  const refused = async (reader: Codec, payload: Payload, workflow = 'team/s'): Promise<void> => {
    const error: unknown = await reader.decode([payload], of(workflow)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'PAYLOAD_UNREADABLE' });
    expect(String(error)).not.toContain('sesame');
  };
  it('in a workflow of another workspace', async () => refused(codec, await encoded(codec), 'other/s'));
  it('in one of the installation itself', async () => refused(codec, await encoded(codec), 'orchestra.learning'));
  it('when it says that it is of another workspace', async () => {
    const payload = await encoded(codec);
    const metadata = { ...payload.metadata, 'orchestra-workspace': Buffer.from('other') };
    await refused(codec, { ...payload, metadata }, 'other/s');
  });
  it('in another namespace', async () => refused(codecWith({ namespace: 'elsewhere' }), await encoded(codec)));
  it('with another key under the same id', async () =>
    refused(codecWith({ keys: [keyOf('k1')] }), await encoded(codec)));
  it.each([0, 15, 16, 27, 28, 43, 44, -1])('when byte %i was changed', async (at) => {
    const payload = await encoded(codec);
    const data = Buffer.from(payload.data ?? []);
    const index = at < 0 ? data.length - 1 : at;
    data.writeUInt8((data[index] as number) ^ 1, index);
    await refused(codec, { ...payload, data });
  });
  it.each([0, 10, 44])('when it was cut to %i bytes', async (length) => {
    const payload = await encoded(codec);
    await refused(codec, { ...payload, data: (payload.data ?? new Uint8Array(0)).subarray(0, length) });
  });
});

test('modes: off writes plain and reads both; on reads both; required refuses what is plain', async () => {
  const off = codecWith({ mode: 'off' });
  expect(await off.encode(payloads, of('team/s'))).toEqual(payloads);
  const sealed = await encoded(codecWith({}));
  expect(valueOf((await off.decode([sealed], of('team/s')))[0])).toEqual(plain);
  expect(await codecWith({}).decode(payloads, of('team/s'))).toEqual(payloads);
  const required = codecWith({ mode: 'required' });
  await expect(required.decode(payloads, of('team/s'))).rejects.toMatchObject({ code: 'PAYLOAD_UNREADABLE' });
  expect(valueOf((await required.decode([await encoded(required)], of('team/s')))[0])).toEqual(plain);
});

test('without encryption, no key is asked for', async () => {
  const codec = createPayloadCodec({
    mode: 'off',
    namespace: 'default',
    loadKeys: () => {
      throw new Error('no keys');
    },
  });
  expect(await codec.decode(await codec.encode(payloads, of('team/s')), of('team/s'))).toEqual(payloads);
});

test('for somebody of a workspace, payloads of another one are not decoded', async () => {
  const codec = codecWith({});
  const sealed = await encoded(codec);
  const [opened, ...others] = codec.decodeOf('team', [sealed, ...payloads]);
  expect(valueOf(opened)).toEqual(plain);
  expect(others).toEqual(payloads);
  expect(() => codec.decodeOf('other', [sealed])).toThrow(
    expect.objectContaining({ code: 'TOKEN_FORBIDDEN' }) as Error,
  );
  const written = codec.encodeFor('team', payloads);
  expect(valueOf((await codec.decode(written, of('team/s')))[0])).toEqual(plain);
});

test('who wants encryption without a key is told, at the start', () => {
  const configuration = readConfiguration({
    ORCHESTRA_PAYLOAD_ENCRYPTION: 'on',
    DATABASE_URL: 'postgres://localhost/x',
  });
  expect(() => payloadConversion(configuration, 'default')).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('ORCHESTRA_SECRET_KEYS') }) as Error,
  );
});
