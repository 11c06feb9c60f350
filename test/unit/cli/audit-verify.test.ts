import type { Installation } from '../../../src/cli/ports';
import type { AuditVerification, StoredPlace } from '../../../src/domain/audit/verify-chain';
import type { Ran } from './scripted-host';
import { installation, run } from './scripted-host';

const whole: AuditVerification = {
  workspace: 'default',
  entries: 9,
  head: 9,
  signedTo: 9,
  isSigned: true,
  anchors: 2,
  faults: [],
};
const unsigned = { ...whole, signedTo: 0, isSigned: false, anchors: 0 };
const faulty = { ...whole, faults: [{ seq: 3, detail: 'entry 3 is missing' }] };

const anchor = (workspace: string, seq: number): StoredPlace => ({
  kind: 'anchor',
  workspace,
  seq,
  hash: '0'.repeat(64),
  at: 0,
  keyId: 'a1',
  signature: 'c2lnbmVk',
});

/** `kept`: by the installation, outside of the database. `compared`: what the log was compared with. */
async function verify(
  args: string[],
  found: AuditVerification,
  kept?: { file: string; anchors: StoredPlace[] },
): Promise<Ran & { compared: readonly StoredPlace[] }> {
  let compared: readonly StoredPlace[] = [];
  const audit: Partial<Installation['audit']> = {
    keptAnchors: async () => kept,
    verify: async (anchors) => {
      compared = anchors;
      return found;
    },
  };
  const ran = await run(['audit', 'verify', ...args], {
    files: { '/home/ada/anchors.jsonl': `${JSON.stringify(anchor('default', 5))}\n` },
    folder: { openRunning: async () => installation({ audit: audit as Installation['audit'] }) },
  });
  return { ...ran, compared };
}

test('a log that nobody vouches for is not whole, unless that is good enough', async () => {
  const refused = await verify([], unsigned);
  expect([refused.exitCode, refused.stdout]).toEqual([
    1,
    expect.stringContaining('shows no fault, but nobody vouches for it'),
  ]);
  expect(refused.stdout).toContain('ORCHESTRA_AUDIT_KEYS');
  expect(refused.stdout).not.toContain('is whole');
  const accepted = await verify(['--accept-unsigned'], unsigned);
  expect(accepted).toMatchObject({ exitCode: 0, stdout: refused.stdout });
  const json = await verify(['-o', 'json'], unsigned);
  expect([json.exitCode, JSON.parse(json.stdout)]).toMatchObject([1, { isSound: true, isSigned: false }]);
});

test('what is wrong is wrong, whatever is good enough', async () => {
  expect(await verify([], whole)).toMatchObject({
    exitCode: 0,
    stdout: 'The audit log of workspace default is whole: 9 entries, signed up to entry 9, 2 anchors.\n',
  });
  for (const found of [faulty, { ...faulty, isSigned: false }]) {
    const { exitCode, stdout } = await verify(['--accept-unsigned'], found);
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/was tampered with .*\n {2}entry 3 is missing\n$/)]);
  }
});

test('it is compared with the anchors that are kept, or with those of a file that is named', async () => {
  const kept = { file: '/data/audit-anchors.jsonl', anchors: [anchor('default', 9), anchor('other', 1)] };
  const own = await verify([], whole, kept);
  expect([own.compared, own.stdout]).toEqual([
    kept.anchors,
    expect.stringContaining('2 anchors, 1 of them kept in /data/audit-anchors.jsonl.'),
  ]);
  const named = await verify(['--anchors', 'anchors.jsonl'], whole, kept);
  expect([named.compared, named.stdout]).toEqual([
    [anchor('default', 5)],
    expect.stringContaining('1 of them kept in anchors.jsonl.'),
  ]);
});
