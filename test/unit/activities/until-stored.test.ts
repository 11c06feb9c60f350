import { untilStored } from '../../../src/activities/attempt/until-stored';

const withCode = (code: string): Error => Object.assign(new Error(`failed with ${code}`), { code });

/** Fails with each error in turn, then succeeds. */
function failing(...errors: Error[]): () => Promise<string> {
  return async () => {
    const error = errors.shift();
    if (error) throw error;
    return 'stored';
  };
}

it.each([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  '57P01',
  '53300',
  '53100',
  '08006',
  '40P01',
  '40001',
  '55P03',
  '58030',
  // Of a standby, of a password that is being changed, and of a database that is being restored.
  '25006',
  '28P01',
  '28000',
  '3D000',
])('tries again after %s, and heartbeats meanwhile', async (code) => {
  let beats = 0;
  expect(await untilStored(failing(withCode(code)), () => void (beats += 1))).toBe('stored');
  expect(beats).toBe(1);
});

it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect'])(
  'tries again after "%s"',
  async (message) => {
    expect(await untilStored(failing(new Error(message)), () => undefined)).toBe('stored');
  },
);

it.each(['22P02', '23505', '42601', 'ERR_INVALID_ARG_TYPE', 'EXPRESSION_INVALID'])(
  'gives up on %s: trying again cannot help',
  async (code) => {
    await expect(untilStored(failing(withCode(code)), () => undefined)).rejects.toThrow(code);
  },
);

it('passes on what is no error of the database', async () => {
  await expect(untilStored(failing(new RangeError('no task "x"')), () => undefined)).rejects.toThrow(RangeError);
});
