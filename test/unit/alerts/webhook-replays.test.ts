import { Webhook } from 'standardwebhooks';
import { signedHeaders } from '../../../src/connectors/webhook/sign';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const body = '{"type":"alert.raised"}';
const now = (): number => Math.floor(Date.now() / 1_000);
const sent = (seconds = now(), by = secret): Record<string, string> => signedHeaders([by], 'msg_1', seconds, body);
const changed = (headers: Record<string, string>): [Record<string, string>, string] => [
  { ...sent(), ...headers },
  body,
];

/** What a receiver that checks as the specification says must not take. */
const attacks: Record<string, () => [Record<string, string>, string]> = {
  'an hour old': () => [sent(now() - 3_600), body],
  'six minutes old': () => [sent(now() - 360), body],
  'from six minutes ahead': () => [sent(now() + 360), body],
  'old, with the time of now': () => [{ ...sent(now() - 3_600), 'webhook-timestamp': String(now()) }, body],
  'another body': () => [sent(), body.replace('raised', 'cleared')],
  'a blank more in its body': () => [sent(), `${body} `],
  'an empty body': () => [sent(), ''],
  'another id': () => changed({ 'webhook-id': 'msg_2' }),
  'a part of its id moved into its time': () => changed({ 'webhook-id': 'msg_1.1' }),
  'another secret': () => [sent(now(), other), body],
  'no signature': () => changed({ 'webhook-signature': '' }),
  'a signature without a version': () => changed({ 'webhook-signature': (sent()['webhook-signature'] ?? '').slice(3) }),
  'a signature of a version that nobody knows': () =>
    changed({ 'webhook-signature': (sent()['webhook-signature'] ?? '').replace('v1,', 'v9,') }),
  'a signature that was cut': () => changed({ 'webhook-signature': (sent()['webhook-signature'] ?? '').slice(0, -4) }),
  'a time that is no number': () => changed({ 'webhook-timestamp': 'now' }),
  'a negative time': () => changed({ 'webhook-timestamp': '-1' }),
};

it.each(Object.entries(attacks))('a receiver refuses a webhook with %s', (_, make) => {
  const [headers, text] = make();
  expect(() => new Webhook(secret).verify(text, headers)).toThrow();
});

it.each([0, -240, 240])('a receiver takes a webhook of %s seconds from now', (seconds) => {
  expect(new Webhook(secret).verify(body, sent(now() + seconds))).toEqual({ type: 'alert.raised' });
});

it('a receiver takes one that is sent again, whose id tells that it was there before', () => {
  const first = sent(now() - 60);
  expect(sent()['webhook-id']).toBe(first['webhook-id']);
});
