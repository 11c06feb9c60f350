import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface AuditFixture {
  root: string;
  /** What an audit has to find, each as `file:line` in the order of severity, and nothing else. */
  planted: { secret: string; cycle: [string, string]; deadLink: string; hotspot: string };
  /** The secret itself, which no report may show. */
  secretValue: string;
  remove(): void;
}

const dayMs = 24 * 60 * 60 * 1000;
/** In pieces, so that an audit of this project does not find it here. */
const secretValue = ['sk', 'live', '9aXq27LmVr4TzBn8Kd1WsJc5'].join('_');
const exampleKey = ['AKIA', 'IOSFODNN7', 'EXAMPLE'].join('');
const token = ['gh', 'p_'].join('') + 'x'.repeat(36);

/** Runs git in a folder as a fixed author at a fixed time, whatever the configuration of this machine says. */
export function gitIn(root: string, args: string[], at = Date.now()): string {
  const person = { NAME: 'Ada', EMAIL: 'ada@example.com', DATE: `${Math.floor(at / 1000)} +0000` };
  const identity = Object.entries(person).flatMap(([key, value]) => [
    [`GIT_AUTHOR_${key}`, value],
    [`GIT_COMMITTER_${key}`, value],
  ]);
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = {
    ...Object.fromEntries(own),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    ...Object.fromEntries(identity),
  };
  return execFileSync('git', args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Writes files into a folder; their folders are made. */
export function writeFiles(root: string, files: Record<string, string | Buffer>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** A new empty repository on branch `main` in a folder for temporary files. */
export function createRepository(): { root: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'audit-fixture-'));
  gitIn(root, ['init', '--quiet', '--initial-branch=main']);
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

export function commitAll(root: string, message: string, at = Date.now()): void {
  gitIn(root, ['add', '--all'], at);
  gitIn(root, ['commit', '--quiet', '--message', message], at);
}

function pricing(rate: number): string {
  return [
    '/** Price with tax. */',
    'export function price(net) {',
    '  const currency = 2;',
    `  const rate = 1.${rate};`,
    '  return Number((net * rate).toFixed(currency));',
    '}',
    '',
  ].join('\n');
}

const planted: Record<string, string> = {
  'src/payments.js': [
    "import { price } from './pricing.js';",
    '',
    "// import { orders } from './orders.js';",
    `const stripeKey = '${secretValue}';`,
    'export const pay = (net) => ({ amount: price(net), key: stripeKey });',
    '',
  ].join('\n'),
  'src/orders.js': "import { invoice } from './invoices.js';\nexport const order = (net) => invoice(net);\n",
  'src/invoices.js': [
    '/** Invoices know the order they are for. */',
    "import { price } from './pricing.js';",
    "import { order } from './orders.js';",
    'export const invoice = (net) => ({ total: price(net), order });',
    '',
  ].join('\n'),
  'docs/guide.md': [
    '# Guide',
    '',
    'How it works: [setup](./setup%20notes.md#first-steps).',
    '',
    'See [the rest](./missing.md).',
    '',
  ].join('\n'),
};

/** Things that a careless audit takes for findings. */
const lookAlikes: Record<string, string | Buffer> = {
  'README.md': [
    '# Shop',
    '',
    'A shop that sells things. Read the [guide](docs/guide.md), [its top](docs/guide.md#guide) or [below](#keys).',
    '',
    '```md',
    '[a dead link in code](./nowhere.md)',
    '```',
    '',
    'So is `[this](./gone.md)`, and [the site](https://example.com/shop) is another matter. See [licence][licence].',
    '',
    '## Keys',
    '',
    `Set the key id, such as \`${exampleKey}\`, or a token like \`${token}\`.`,
    '',
    '[licence]: ./LICENSE',
    '',
  ].join('\n'),
  LICENSE: 'MIT License\n',
  'docs/setup notes.md': '# Setup\n\nFirst steps\n-----------\n\nStart it.\n',
  '.env.example': 'API_TOKEN=your-token-goes-here-123456\nSECRET_KEY=changeme\n',
  'src/hashes.js': [
    "export const sha256 = 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9';",
    "export const requestId = '3f2b8c1e-9d4a-4c7b-8e6f-1a2b3c4d5e6f';",
    "export const sessionToken = '7c9e6679-7425-40de-944b-e07fc1f90ae7';",
    "export const tokenUrl = 'https://login.example.com/oauth2/v2/token';",
    'export const password = process.env.PASSWORD;',
    '',
  ].join('\n'),
  'src/types/left.ts': "import type { Right } from './right';\nexport interface Left { right: Right | null }\n",
  'src/types/right.ts': "import type { Left } from './left';\nexport interface Right { left: Left | null }\n",
  'src/shop.js':
    "import { order } from './orders.js';\nimport { pay } from './payments.js';\nexport const shop = { order, pay };\n",
  'src/report.py': 'def total(prices):\n    # TODO: round half to even\n    return sum(prices)\n',
  'test/shop.test.js':
    "import { shop } from '../src/shop.js';\nconst sample = `\nimport './shop.test.js';\n`;\nexport const checked = [shop, sample];\n",
  'package.json': `${JSON.stringify({ name: 'shop', dependencies: { left: '^1.2.0' }, devDependencies: { right: '~2.0.1' } }, null, 2)}\n`,
  'package-lock.json': `${JSON.stringify({ packages: { left: { integrity: `sha512-${'q8Zr2Lk7'.repeat(10)}==`, token: secretValue } } })}\n`,
  'assets/logo.bin': Buffer.from([0, 1, 2, 3, 255, 254, 0, 10]),
  'odd names/it\'s "quoted".js': 'export const odd = 1;\n',
  'odd names/zeile\numbruch | pipe.js': 'export const broken = 1;\n',
  'odd names/größe — 日本.py': 'size = 1\n',
};

/** A repository with one secret, one cyclic import, one dead link and one hot-spot, and with much that only looks like them. */
export function createAuditFixture(): AuditFixture {
  const { root, remove } = createRepository();
  const start = Date.now() - 30 * dayMs;
  writeFiles(root, { ...planted, ...lookAlikes, 'src/pricing.js': pricing(10) });
  symlinkSync('../docs/guide.md', join(root, 'assets/guide-link.md'));
  symlinkSync('/nowhere/at/all', join(root, 'assets/broken-link.js'));
  commitAll(root, 'Start', start);
  for (let change = 1; change <= 8; change += 1) {
    writeFiles(root, { 'src/pricing.js': pricing(10 + change) });
    commitAll(root, `Change the rate, ${change}`, start + change * dayMs);
  }
  return {
    root,
    planted: {
      secret: 'src/payments.js:4',
      cycle: ['src/invoices.js:3', 'src/orders.js:1'],
      deadLink: 'docs/guide.md:5',
      hotspot: 'src/pricing.js:4',
    },
    secretValue,
    remove,
  };
}
