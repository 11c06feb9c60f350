import { commitAll, createRepository, writeFiles } from '../../helpers/audit-fixture';
import { briefly, inspect, wholeRepository } from '../../helpers/audit-agent';
import type { Inspection } from '../../helpers/audit-agent';

let repository: ReturnType<typeof createRepository>;
beforeEach(() => (repository = createRepository()));
afterEach(() => repository.remove());

/** Joined at run time, so that no scanner takes this file for a leak. */
const join = (...parts: string[]): string => parts.join('');
const random = 'q7Xw2Zr9Lk4Vt8Nb3Mj6Hg5Fd1Sp0YcAeUiRoTvBnKm';

async function secretsIn(files: Record<string, string>): Promise<Inspection> {
  writeFiles(repository.root, files);
  return inspect('secrets', { root: repository.root, area: wholeRepository });
}

it.each([
  ['AWS access key id', join('AK', 'IAQ7XW2ZRLKVTNBMJH')],
  ['GitHub token', join('gh', 'p_', random.slice(0, 36))],
  ['GitHub token', join('github', '_pat_', random, random.slice(0, 30))],
  ['GitLab token', join('gl', 'pat-', random.slice(0, 20))],
  ['Slack token', join('xo', 'xb-', random.slice(0, 30))],
  ['Google API key', join('AI', 'za', random.slice(0, 35))],
  ['Anthropic API key', join('sk', '-ant-', random)],
  ['OpenAI API key', join('sk', '-proj-', random)],
  ['npm token', join('np', 'm_', random.slice(0, 36))],
  ['Webhook secret', join('wh', 'sec_', random.slice(0, 32))],
  ['Password in a URL', join('postgres://shop:', random.slice(0, 12), '@db.internal/shop')],
  ['Private key', join('-----BEGIN RSA PRIV', 'ATE KEY-----\n', random, random)],
  ['Random value assigned to tokens', join('tokens: "user=3000,', `key=${random.slice(0, 24)}"`)],
  ['Random value assigned to clientSecret', join('{ "clientSec', `ret": "${random.slice(0, 24)}" }`)],
])('finds: %s', async (title, text) => {
  const inspection = await secretsIn({ 'code.txt': `first line\nvalue ${text} more\n` });
  expect(briefly(inspection)).toEqual([`code.txt:${title === 'Private key' ? 3 : 2} ${title}`]);
  expect(JSON.stringify(inspection)).not.toContain(random.slice(0, 12));
});

it('finds unquoted values in settings files only', async () => {
  const text = join('API_TO', `KEN=${random.slice(0, 24)}\n`);
  expect(briefly(await secretsIn({ '.env': text, 'notes.txt': text }))).toEqual([
    '.env:1 Random value assigned to API_TOKEN',
  ]);
});

it.each([
  ['a placeholder', join('AK', 'IAIOSFODNN7', 'EXAMPLE')],
  ['a token of one letter', join('gh', 'p_', 'x'.repeat(36))],
  ['a hash', 'sha256 = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"'],
  ['a UUID', 'token = "3f2b8c1e-9d4a-4c7b-8e6f-1a2b3c4d5e6f"'],
  ['a lock token of WebDAV', "'Lock-Token': 'urn:uuid:a515cfa4-5da4-22e1-f5b5-00a0451e6bf7'"],
  ['a template', 'password: "${DATABASE_PASSWORD_2}"'],
  ['numbers of settings', 'tokens: "user=3000,address=6000,workspace=30000,logins=20"'],
  ['a webhook secret that is too short to be one', "secret: 'whsec_c2VzYW1l'"],
  ['the environment', 'const secret = process.env.SECRET_NUMBER_1'],
  ['a path', "secret: 'src/payments4/keys2.js:14'"],
  ['a URL', "tokenUrl: 'https://login.internal/oauth2/v2/token'"],
  ['words', "password: 'correct-horse-battery-staple'"],
  ['a local database', join('postgres://shop:', random.slice(0, 12), '@localhost/shop')],
  ['a pattern', "pattern: /\\bgh[pousr]_[A-Za-z0-9]{36,}\\b/, sk-ant-[\\w-]{30,}, 'AKIA[A-Z2-7]{16}'"],
  ['the head of a key without a body', '`-----BEGIN PRIVATE KEY-----` begins a key'],
  ['a line that is allowed', join('gh', 'p_', random.slice(0, 36), ' // gitleaks:allow')],
])('takes no offence at %s', async (_, text) => {
  expect(briefly(await secretsIn({ 'code.js': `${text}\n`, 'settings.yaml': `${text}\n` }))).toEqual([]);
});

it('names files that hold a line break, and counts what it could not read', async () => {
  const token = join('gh', 'p_', random.slice(0, 36));
  const inspection = await secretsIn({
    'odd "na\nme".txt': `${token}\n`,
    'binary.dat': `\0${token}`,
    'large.txt': `${'line\n'.repeat(300_000)}${token}`,
    'minified.js': `${'a;'.repeat(3_000)}${token}`,
    'yarn.lock': token,
  });
  expect(inspection.findings.map(({ file }) => file)).toEqual(['odd "na\nme".txt']);
  expect(inspection.notChecked.filter(({ count }) => count === 1).map(({ why }) => why)).toEqual([
    'they are binary',
    'they are larger than 1024 KB',
    'they have lines of more than 5000 characters (minified or data)',
    'they are full of hashes',
  ]);
});

it('looks at the files of its own area only', async () => {
  const text = join('gh', 'p_', random.slice(0, 36));
  writeFiles(repository.root, { 'a/one.txt': text, 'a/b/two.txt': text, 'ab/three.txt': text, 'four.txt': text });
  commitAll(repository.root, 'Start');
  const filesOf = async (folder: string, deep: boolean): Promise<(string | undefined)[]> => {
    const inspection = await inspect('secrets', { root: repository.root, area: { parts: [{ folder, deep }] } });
    return inspection.findings.map(({ file }) => file);
  };
  expect(await filesOf('a', true)).toEqual(['a/b/two.txt', 'a/one.txt']);
  expect(await filesOf('a', false)).toEqual(['a/one.txt']);
  expect(await filesOf('', false)).toEqual(['four.txt']);
});
