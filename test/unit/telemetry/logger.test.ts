import { Writable } from 'node:stream';
import { boundedLabel } from '../../../src/telemetry/bounded-label';
import { createLogger } from '../../../src/telemetry/logger';
import type { LogLevel } from '../../../src/telemetry/log-levels';
import { successShare } from '../../../src/telemetry/success-share';
import { temporalLogger } from '../../../src/telemetry/temporal-logger';

function logTo(level: LogLevel) {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  return { log: createLogger(level, stream), lines };
}

it('writes a JSON object a line, with level, time and ids', () => {
  const { log, lines } = logTo('info');
  log.child({ workspace: 'acme', session: 's-1' }).info({ task: 'fix', attempt: 2 }, 'Attempt ended');
  log.debug('too small');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      process: expect.stringContaining(`/${process.pid}`) as string,
      workspace: 'acme',
      session: 's-1',
      task: 'fix',
      attempt: 2,
      msg: 'Attempt ended',
    },
  ]);
});

it.each([
  ['a token of the API', 'orc_api_ab12_CANARY', 'orc_api_***'],
  ['a token of an agent', 'orc_agent_ab12_CANARY', 'orc_agent_***'],
  ['the secret of a cookie', 'orc_login_ab12_CANARY', 'orc_login_***'],
  ['what a login came back with', '/login/callback?state=x&code=CANARY', '/login/callback?***'],
  ['a JWT', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.CANARY', '***'],
  ['a bearer token', 'Authorization: Bearer CANARY', 'Bearer ***'],
  ['the password of an address', 'postgres://ada:CANARY@db:5432/orchestra', 'postgres://ada:***@db:5432/orchestra'],
])('hides %s, in a message, a field or an error', (_, secret, shown) => {
  const { log, lines } = logTo('info');
  log.info(`It said ${secret}`);
  log.info({ deep: { deeper: [secret] } }, 'A field');
  log.error(new Error(secret));
  expect(lines).toHaveLength(3);
  expect(lines.join('')).not.toContain('CANARY');
  for (const line of lines) expect(line).toContain(shown);
});

it('hides fields that are secrets by their names', () => {
  const { log, lines } = logTo('info');
  log.info({ password: 'CANARY', request: { headers: { authorization: 'CANARY' } }, agent: { token: 'CANARY' } }, 'x');
  expect(lines.join('')).not.toContain('CANARY');
});

it("writes what Temporal's SDK says, by the same level", () => {
  const { log, lines } = logTo('warn');
  const temporal = temporalLogger(log);
  temporal.info('Worker state changed');
  temporal.warn('Activity failed', { workflowId: 'acme/s-1', activityType: 'runTask', error: new Error('no room') });
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({
      level: 'warn',
      msg: 'Temporal: Activity failed',
      workflowId: 'acme/s-1',
      activityType: 'runTask',
      err: expect.objectContaining({ message: 'no room' }) as object,
    }),
  ]);
});

it('gives a label so many values, and then `other`', () => {
  const label = boundedLabel(2);
  expect(['codex', 'http', 'codex', 'own-1', 'own-2'].map(label)).toEqual(['codex', 'http', 'codex', 'other', 'other']);
});

it('counts the latest successes of attempts that tell of their agents', () => {
  const share = successShare(3);
  expect(share.ratio()).toBeNaN();
  for (const verdict of ['succeeded', 'cancelled', 'failed', 'rate_limited', 'lost']) share.add(verdict);
  expect(share.ratio()).toBe(0.5);
  for (const verdict of ['succeeded', 'succeeded', 'succeeded']) share.add(verdict);
  expect(share.ratio()).toBe(1);
});
