import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { commitAll, createRepository, gitIn, writeFiles } from '../../helpers/audit-fixture';
import { briefly, inspect, runAuditAgent } from '../../helpers/audit-agent';

let repository: ReturnType<typeof createRepository>;
beforeEach(() => (repository = createRepository()));
afterEach(() => repository.remove());

describe('the inventory', () => {
  it('counts files by language, and divides them into areas that share nothing and miss nothing', async () => {
    const names = Array.from(
      { length: 300 },
      (_, index) => `part${index % 30}/${index % 2 ? 'deep/' : ''}file${index}.ts`,
    );
    writeFiles(repository.root, Object.fromEntries(names.map((name) => [name, 'one\ntwo\n'])));
    writeFiles(repository.root, {
      'README.md': '# Read\n',
      'package.json': '{}\n',
      'part1/deep/go.mod': 'module a\n',
      'x.bin': '\0',
    });
    commitAll(repository.root, 'Start');
    const { output, progress } = await runAuditAgent('inventory', { repo: join(repository.root, 'part1') });
    expect(output).toMatchObject({
      root: repository.root,
      name: basename(repository.root),
      commits: 1,
      shallow: false,
      files: 304,
      manifests: ['package.json', 'part1/deep/go.mod'],
      notChecked: [],
    });
    expect(output).toHaveProperty('languages.0', { name: 'TypeScript', isCode: true, files: 300, lines: 600 });
    const areas = (output as { areas: { files: number; parts: { folder: string; deep: boolean }[] }[] }).areas;
    expect(areas.length).toBeGreaterThan(3);
    expect(areas.reduce((sum, { files }) => sum + files, 0)).toBe(304);
    const inAreas = await Promise.all(
      areas.map((area) => inspect('debt', { root: repository.root, area, debtDays: 1 })),
    );
    expect(inAreas.map(({ checked }) => checked['files'])).toEqual(areas.map(({ files }) => files));
    expect(progress.length).toBeGreaterThan(0);
  });

  it('reads a repository of another user, without running what that user has configured', async () => {
    writeFiles(repository.root, { 'a.js': 'one();\n' });
    commitAll(repository.root, 'Start');
    const trace = join(repository.root, '.git', 'trace');
    const program = join(repository.root, '.git', 'monitor.sh');
    writeFileSync(program, `#!/bin/sh\ntouch '${trace}'\n`);
    chmodSync(program, 0o755);
    gitIn(repository.root, ['config', 'core.fsmonitor', program]);
    gitIn(repository.root, ['status']);
    expect(existsSync(trace)).toBe(true);
    rmSync(trace);

    // Only root can give files away; everybody else tests the second half.
    if (process.getuid?.() === 0) {
      chownSync(repository.root, 12_345, 12_345);
      chownSync(join(repository.root, '.git'), 12_345, 12_345);
      expect(() => gitIn(repository.root, ['status'])).toThrow(/dubious ownership/);
    }
    const { output, stderr } = await runAuditAgent('inventory', { repo: repository.root });
    expect(stderr).toBe('');
    expect(output).toMatchObject({ files: 1, commits: 1 });
    expect(existsSync(trace)).toBe(false);
  });

  it('counts files that it cannot name or find, and leaves nested repositories alone', async () => {
    writeFiles(repository.root, { 'a.js': '', 'b.js': '' });
    writeFileSync(Buffer.concat([Buffer.from(`${repository.root}/`), Buffer.from([0x66, 0xff, 0x66])]), '');
    commitAll(repository.root, 'Start');
    rmSync(join(repository.root, 'b.js'));
    mkdirSync(join(repository.root, 'nested'));
    gitIn(join(repository.root, 'nested'), ['init', '--quiet']);
    writeFiles(repository.root, { 'nested/c.js': '' });
    const { output } = await runAuditAgent('inventory', { repo: repository.root });
    expect(output).toMatchObject({
      files: 1,
      notChecked: [
        { what: 'files', why: 'their names are not UTF-8', count: 1 },
        { what: 'nested repositories', count: 1 },
        { what: 'files', why: 'they are tracked but absent from the work tree', count: 1 },
      ],
    });
  });

  it.each([
    [
      'a folder that does not exist',
      (root: string) => join(root, 'none'),
      /There is no folder .*none\. Set the input "repo"/,
    ],
    ['the .git folder', (root: string) => join(root, '.git'), /is a bare repository or a \.git folder: clone it/],
  ])('refuses %s', async (_, path, message) => {
    const end = await runAuditAgent('inventory', { repo: path(repository.root) });
    expect(end).toMatchObject({ exitCode: 1, output: undefined });
    expect(end.stderr).toMatch(message);
  });
});

describe('dependencies', () => {
  async function findingsOf(manifest: string, text: string, others: Record<string, string> = {}): Promise<string[]> {
    writeFiles(repository.root, { [manifest]: text, ...others });
    return briefly(await inspect('dependencies', { root: repository.root, manifest }));
  }

  it('of npm are reported when they are loose, twice, or without a lockfile', async () => {
    const manifest = {
      name: 'left',
      dependencies: { left: '*', right: '^1.0.0', fork: 'github:someone/fork', exact: 'github:someone/exact#0123abc' },
      devDependencies: { right: '^2.0.0' },
      peerDependencies: { right: '>=1' },
    };
    expect(await findingsOf('package.json', JSON.stringify(manifest, null, 2))).toEqual([
      'package.json:4 left accepts any version',
      'package.json:6 fork is taken from a moving branch',
      'package.json:10 right is in devDependencies and in dependencies',
      'package.json:1 Dependencies without a lockfile',
    ]);
  });

  it('of a workspace use the lockfile above', async () => {
    const text = JSON.stringify({ dependencies: { left: '^1.0.0' } });
    expect(await findingsOf('packages/a/package.json', text, { 'yarn.lock': '' })).toEqual([]);
  });

  it.each([
    [
      'requirements.txt',
      '# comment\nflask==3.0.0\nrequests>=2\n-r other.txt\nFlask==3.0.0\n',
      ['3 requests is not pinned', '5 flask is listed twice, first in line 2'],
    ],
    [
      'go.mod',
      'module a\nrequire example.com/b v1.2.3\nreplace example.com/b => ../b\n',
      ['3 Module replaced by a folder of this machine', '1 Dependencies without a lockfile'],
    ],
    [
      'Cargo.toml',
      '[dependencies]\na = "1"\nb = "*"\nc = { git = "https://x" }\n[package]\nversion = "*"\n',
      ['3 b accepts any version', '4 c is taken from a moving branch'],
    ],
    ['package.json', '{ broken', ['1 package.json cannot be parsed']],
  ])('in %s are reported', async (manifest, text, expected) => {
    expect(await findingsOf(manifest, text)).toEqual(expected.map((finding) => `${manifest}:${finding}`));
  });
});

it('large files are found by their size', async () => {
  writeFiles(repository.root, { 'small.bin': Buffer.alloc(1024), 'large.bin': Buffer.alloc(1025) });
  const { findings } = await inspect('large-files', { root: repository.root, limitKB: 1 });
  expect(findings.map(({ file }) => file)).toEqual(['large.bin']);
});

it('a missing README, licence and tests are found, and no longer once they are there', async () => {
  writeFiles(repository.root, { 'a.js': '', 'b.js': '', 'c.js': '' });
  const titles = async (): Promise<string[]> => {
    const inspections = await Promise.all(
      ['documents', 'tests'].map((name) => inspect(name, { root: repository.root })),
    );
    return inspections.flatMap(({ findings }) => findings.map(({ title }) => title));
  };
  expect(await titles()).toEqual(['No README', 'No licence', 'No tests for 3 code files']);
  writeFiles(repository.root, {
    'readme.md': 'This explains at length what it is.....',
    'LICENCE.txt': '',
    'test/a.test.js': 'a();\n',
  });
  expect(await titles()).toEqual(['README that says next to nothing']);
});

it('names of files cannot forge lines or markup of the report', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-report-'));
  const file = 'a`b|c\n- **Forged** <b>.js';
  const inspections = {
    links: {
      status: 'succeeded',
      error: null,
      result: {
        findings: [{ severity: 'low', file, line: 1, title: '<img src=x> *bold*' }],
        omitted: 0,
        checked: { links: 1 },
        notChecked: [],
      },
    },
  };
  try {
    const merged = (await runAuditAgent('merge', { inspections })).output ?? null;
    const inventory = {
      root: '/r',
      name: '#x',
      commits: 0,
      shallow: false,
      files: 1,
      bytes: 1,
      languages: [],
      notChecked: [],
    };
    const report = join(folder, 'deep', 'report.md');
    const { output } = await runAuditAgent('report', {
      report,
      merged,
      inventory,
      hotspots: null,
      history: null,
      tests: null,
    });
    expect(output).toMatchObject({ findings: 1, path: report, summary: '1 finding: 1 low' });
    const line = readFileSync(report, 'utf8')
      .split('\n')
      .find((one) => one.startsWith('- **'));
    expect(line).toBe('- **\\<img src=x\\> \\*bold\\*** at `` a`b\\|c\\n- **Forged** <b>.js:1 ``.');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
