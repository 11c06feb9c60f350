import type { SessionRequest } from '../../../src/contracts/protocol/session';
import { checkRequest } from '../../../src/workflows/requests';

const check = (request: unknown) => () => checkRequest(request as SessionRequest);

it.each([
  { id: 'a', type: 'pause-requested' },
  { id: 'k3f9x2-1', type: 'pause-requested', now: true },
  { id: '0b7c:9.z_', type: 'cancel-requested', reason: 'enough' },
  { id: 'r', type: 'retry-requested', task: 'fix' },
])('takes %j', (request) => expect(check(request)).not.toThrow());

it.each([
  [undefined],
  [null],
  ['pause-requested'],
  [{ type: 'pause-requested' }],
  [{ id: '', type: 'pause-requested' }],
  [{ id: 'x'.repeat(201), type: 'pause-requested' }],
  [{ id: 7, type: 'pause-requested' }],
  [{ id: 'a\u0000b', type: 'pause-requested' }],
  [{ id: 'a' }],
  [{ id: 'a', type: 'attempt-ended', run: 'fix', attempt: 1, verdict: 'succeeded' }],
  [{ id: 'a', type: 'session-started' }],
  [{ id: 'a', type: 'retry-requested', task: { toString: 'fix' } }],
  [{ id: 'a', type: 'cancel-requested', reason: 'x'.repeat(2_001) }],
])('refuses %j', (request) => expect(check(request)).toThrow());

it.each(['started', 'orphaned', 'ended/fix/1', 'time/5', 'cancel/run'])(
  'refuses the id %s of an event of the system',
  (id) => {
    expect(check({ id, type: 'pause-requested' })).toThrow('needs an id');
  },
);
