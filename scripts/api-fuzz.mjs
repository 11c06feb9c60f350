// Schemathesis against a whole installation of its own: every check, every phase, one seed. See docs/access.md.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { plant, withPlanted } from './api-fuzz-data.mjs';

const version = '4.32.5';
const leastCases = 5_000;
const {
  FUZZ_EXAMPLES = '60',
  FUZZ_SEED = '42',
  FUZZ_VENV = join(tmpdir(), `orchestra-schemathesis-${version}`),
} = process.env;

const schemathesis = join(FUZZ_VENV, 'bin/schemathesis');
if (!existsSync(schemathesis)) {
  run('python3', ['-m', 'venv', FUZZ_VENV]);
  run(join(FUZZ_VENV, 'bin/pip'), ['install', '--quiet', `schemathesis==${version}`]);
}

const data = mkdtempSync(join(tmpdir(), 'orchestra-fuzz-'));
// PostgreSQL may run as another user than we do.
chmodSync(data, 0o755);
// Signed, not kept: a token of the list would be revoked by one of the requests, and nothing found behind the door from then on.
const signed = { issuer: 'https://issuer.invalid', audience: 'orchestra-fuzz', algorithm: 'ES256', kid: 'fuzz' };
const { publicKey, privateKey } = await generateKeyPair(signed.algorithm);
const keys = join(data, 'keys.json');
writeFileSync(
  keys,
  JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: signed.kid, use: 'sig', alg: signed.algorithm }] }),
);
const token = await new SignJWT({ orchestra_workspace: 'default', orchestra_role: 'admin' })
  .setProtectedHeader({ alg: signed.algorithm, kid: signed.kid, typ: 'at+jwt' })
  .setIssuer(signed.issuer)
  .setAudience(signed.audience)
  .setSubject('fuzz')
  .setJti('fuzz')
  .setIssuedAt()
  .setExpirationTime('10h')
  .sign(privateKey);
const dev = spawn(process.execPath, ['bin/orchestra.js', '--data', data, 'dev'], {
  // Streams of live events end, and soon: Schemathesis waits for the end of every answer.
  env: {
    ...process.env,
    ORCHESTRA_RATE_LIMITS: 'off',
    ORCHESTRA_EVENTS_LONGEST_MS: '100',
    ORCHESTRA_JWT_ISSUER: signed.issuer,
    ORCHESTRA_JWT_AUDIENCE: signed.audience,
    ORCHESTRA_JWT_ALGORITHM: signed.algorithm,
    ORCHESTRA_JWT_KEYS: keys,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let status;
try {
  const url = await addressOf(dev);
  const configuration = join(data, 'schemathesis.toml');
  const planted = await plant(url, token);
  writeFileSync(configuration, withPlanted(readFileSync('scripts/schemathesis.toml', 'utf8'), planted));
  const args = ['run', `${url}/openapi.json`, '--header', `Authorization: Bearer ${token}`, '--checks', 'all'];
  const options = [
    '--max-examples',
    FUZZ_EXAMPLES,
    '--seed',
    FUZZ_SEED,
    '--continue-on-failure',
    '--request-timeout',
    '60',
  ];
  const child = spawn(
    schemathesis,
    ['--config-file', configuration, ...args, ...options, '--generation-database', 'none', ...process.argv.slice(2)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
    process.stdout.write(chunk);
  });
  status = await new Promise((resolve) => child.on('close', resolve));
  const cases = Number(/(\d+) generated/.exec(text)?.[1] ?? 0);
  if (cases < leastCases) {
    process.stderr.write(`Only ${cases} cases were made, of ${leastCases} that it takes: raise FUZZ_EXAMPLES.\n`);
    status ||= 1;
  }
  // Sockets, and what is claimed of nobody's work.
  const atTheDoor = Number(/Authentication failed: (\d+) operations/.exec(text)?.[1] ?? 0);
  if (atTheDoor > 5) {
    process.stderr.write(
      `${atTheDoor} operations were only asked by somebody who may not: nothing behind the door was tried.\n`,
    );
    status ||= 1;
  }
} finally {
  await new Promise((resolve) => {
    dev.on('close', resolve);
    dev.kill('SIGINT');
  });
  rmSync(data, { recursive: true, force: true });
}
process.exitCode = status;

function run(command, args) {
  const { status: code } = spawnSync(command, args, { stdio: 'inherit' });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
}

function addressOf(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      process.stdout.write(chunk);
      const found = /API\D*(http:\/\/127\.0\.0\.1:\d+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('close', (code) => reject(new Error(`orchestra dev ended with ${code}`)));
  });
}
