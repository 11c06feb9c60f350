import type { lookup } from 'node:dns';
import { createServer } from 'node:http';
import { createPublicLookup, isPrivateAddress } from '../../../src/connectors/webhook/private-address';
import { createWebhookSender } from '../../../src/connectors/webhook/send-webhook';
import { noWebAddresses, privateHosts, publicAddresses } from '../../helpers/attacks/addresses';
import type { Receiver } from '../../helpers/webhooks/receiver';
import { startReceiver } from '../../helpers/webhooks/receiver';
import { queueRule } from '../alerts/rules';

const event = { id: 'm', type: 'raised' as const, alert: 'a', at: 0, message: '', rule: queueRule, value: 1 };
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const to = (url: string) => ({ event, webhook: { workspace: 'default', name: 'team', url, secrets: [secret] } });
const options = { timeLimitMs: 5_000, now: Date.now };

let receiver: Receiver;
let port: string;
beforeAll(async () => {
  receiver = await startReceiver();
  port = new URL(receiver.url).port;
});
afterAll(async () => {
  expect(receiver.received).toEqual([]);
  await receiver.close();
});

it.each(privateHosts)('sends no webhook to %s', async (host) => {
  const send = createWebhookSender({ ...options, allowPrivate: false });
  for (const url of [`http://${host}:${port}/hook`, `http://user:pass@${host}:${port}/`, `https://${host}/`]) {
    const result = await send(to(url));
    // A resolver may not know `localhost.`, which is as good.
    expect(['PRIVATE_ADDRESS', 'its url is no http or https address', 'ENOTFOUND']).toContain(
      'problem' in result && result.problem,
    );
  }
});

it.each(noWebAddresses)('sends no webhook to "%s"', async (url) => {
  const send = createWebhookSender({ ...options, allowPrivate: true });
  expect(await send(to(url))).toEqual({ problem: 'its url is no http or https address' });
});

it('follows no redirect, from a public place into a private one', async () => {
  const asked: string[] = [];
  const elsewhere = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(307, { location: receiver.url }).end();
  });
  await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done));
  const { port: own } = elsewhere.address() as { port: number };
  const send = createWebhookSender({ ...options, allowPrivate: true });
  expect(await send(to(`http://127.0.0.1:${own}/hook`))).toEqual({ status: 307 });
  expect(asked).toEqual(['/hook']);
  elsewhere.close();
});

/** A resolver that says something else each time, and throws when it is asked too often. */
function resolverOf(...answers: string[][]): typeof lookup {
  return ((_: string, __: object, answer: (error: null, found: object[]) => void) => {
    const addresses = answers.shift();
    if (!addresses) throw new Error('asked too often');
    answer(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as unknown as typeof lookup;
}
const ask = (resolve: typeof lookup, all: boolean): Promise<unknown> =>
  new Promise((done) => {
    createPublicLookup(resolve)('rebind.example', { all }, (error, address) => done(error?.code ?? address));
  });

it.each([
  ['private only', ['10.0.0.1']],
  ['public first, then private', ['8.8.8.8', '127.0.0.1']],
  ['private first, then public', ['169.254.169.254', '8.8.8.8']],
  ['IPv6 that holds a private IPv4', ['::ffff:127.0.0.1']],
  ['nothing', []],
])('takes no name whose addresses are %s', async (_, addresses) => {
  for (const all of [true, false]) expect(await ask(resolverOf(addresses), all)).toBe('PRIVATE_ADDRESS');
});

it('connects to the very address that was looked at: a name that changes it in between is looked at again', async () => {
  const resolve = resolverOf(['8.8.8.8'], ['127.0.0.1']);
  expect(await ask(resolve, false)).toBe('8.8.8.8');
  expect(await ask(resolve, false)).toBe('PRIVATE_ADDRESS');
});

it.each(publicAddresses)('takes %s', async (address) => {
  expect(isPrivateAddress(address)).toBe(false);
  expect(await ask(resolverOf([address]), false)).toBe(address);
});
