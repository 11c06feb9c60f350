// Schemathesis against a whole installation of its own: every check, every phase, one seed. See docs/access.md.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
const dev = spawn(process.execPath, ['bin/orchestra.js', '--data', data, 'dev'], {
  // Streams of live events end, and soon: Schemathesis waits for the end of every answer.
  env: { ...process.env, ORCHESTRA_RATE_LIMITS: 'off', ORCHESTRA_EVENTS_LONGEST_MS: '100' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let status;
try {
  const url = await addressOf(dev);
  const token = readFileSync(join(data, 'api-token'), 'utf8').trim();
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
    [
      '--config-file',
      configuration,
      ...args,
      ...options,
      '--generation-database',
      'none',
      ...process.argv.slice(2),
    ],
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
