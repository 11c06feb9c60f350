import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { JsonObject } from '../../../src/domain/json';
import { createAuditFixture, createRepository, gitIn } from '../../helpers/audit-fixture';
import type { AuditFixture } from '../../helpers/audit-fixture';
import { readPlan, runPlan } from '../../helpers/plan-runner';
import type { PlanEnd } from '../../helpers/plan-runner';

const planFile = resolve(__dirname, '../../../examples/audit/audit.plan.yaml');
const inspections = [
  'secrets',
  'debt',
  'dependencies',
  'cycles',
  'links',
  'hotspots',
  'history',
  'large_files',
  'documents',
  'tests',
];

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'audit-report-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function audit(root: string, inputs: JsonObject = {}, plan = readPlan(planFile)): Promise<PlanEnd> {
  return runPlan(plan, planFile, { repo: root, report: join(folder, 'report.md'), ...inputs });
}

/** Every `file:line` that a report names, once. */
function placesIn(markdown: string): string[] {
  return [...new Set([...markdown.matchAll(/`([^`\n]+:\d+(?:-\d+)?)`/g)].map(([, place = '']) => place))].sort();
}

describe('the audit of a repository with planted faults', () => {
  let fixture: AuditFixture;
  let end: PlanEnd;
  let markdown: string;

  beforeAll(() => (fixture = createAuditFixture()));
  afterAll(() => fixture.remove());
  beforeEach(async () => {
    end = await audit(fixture.root);
    markdown = readFileSync(join(folder, 'report.md'), 'utf8');
  });

  it('names exactly the planted faults, with file and line, does not show the secret, and leaves the repository clean', () => {
    expect(Object.values(end.tasks).filter(({ status }) => status === 'failed')).toEqual([]);
    const { secret, cycle, deadLink, hotspot } = fixture.planted;
    expect(placesIn(markdown)).toEqual([secret, ...cycle, deadLink, hotspot].sort());

    const findings = markdown.split('\n').filter((line) => line.startsWith('- **'));
    expect(findings).toHaveLength(4);
    expect(findings[0]).toContain(`**Stripe live key** at \`${secret}\``);
    expect(findings[1]).toContain(`**Dead link** at \`${deadLink}\` \`./missing.md\``);
    expect(findings[2]).toContain(`\`${cycle[0]}\` → \`${cycle[1]}\` → \`${cycle[0]}\``);
    expect(findings[3]).toContain(`**Hot-spot: 9 commits changed this file of 6 lines** at \`${hotspot}\``);

    expect(markdown).not.toContain(fixture.secretValue);
    expect(gitIn(fixture.root, ['status', '--porcelain', '--ignored'])).toBe('');
    expect(end.outputs).toEqual({
      summary: '4 findings: 1 critical, 2 medium, 1 low',
      report: join(folder, 'report.md'),
      findings: { critical: 1, high: 0, medium: 2, low: 1 },
      markdown,
    });
  });
});

it('is made, and names the inspection that failed and why, when one fails', async () => {
  const fixture = createAuditFixture();
  try {
    const plan = readPlan(planFile);
    plan.agents['import_inspector'] = {
      command: [process.execPath, '-e', 'console.error("no *luck*"); process.exit(3)'],
      capabilities: [],
    };
    const end = await audit(fixture.root, {}, plan);
    expect(end.tasks['cycles']?.status).toBe('failed');
    expect(end.tasks['report']?.status).toBe('succeeded');
    const markdown = readFileSync(join(folder, 'report.md'), 'utf8');
    expect(markdown).toContain('| Cyclic imports | **failed** | – |');
    expect(markdown).toContain('* **Cyclic imports**: the inspection failed. no \\*luck\\*');
    const { secret, deadLink, hotspot } = fixture.planted;
    expect(placesIn(markdown)).toEqual([secret, deadLink, hotspot].sort());
  } finally {
    fixture.remove();
  }
});

it('skips what needs commits or manifests in an empty repository, and says so', async () => {
  const { root, remove } = createRepository();
  try {
    const end = await audit(root);
    const skipped = inspections.filter((name) => end.tasks[name]?.status === 'skipped');
    expect(skipped).toEqual(['dependencies', 'hotspots', 'history']);
    expect(end.tasks['secrets']).toEqual({ output: [], status: 'succeeded', error: null });
    expect(end.outputs?.['summary']).toBe('no findings');
    expect(end.outputs?.['markdown']).toMatch(
      /no commits yet[^]*Nothing was found\.[^]*\* Hot-spots: there is no commit yet/,
    );
  } finally {
    remove();
  }
});

it('fails at once outside a repository, and says what to do', async () => {
  const end = await audit(folder);
  expect(end.tasks['inventory']?.status).toBe('failed');
  expect(end.tasks['inventory']?.error).toContain(
    `${folder} is not a git repository, nor inside one. Set the input "repo"`,
  );
  expect(end.outputs).toBeNull();
  expect(end.attempts).toEqual({ inventory: 1 });
});

it.each([
  ['critical', 'failed'],
  ['never', 'skipped'],
])('with failOn %s, the verdict on a critical finding is %s', async (failOn, status) => {
  const fixture = createAuditFixture();
  try {
    const end = await audit(fixture.root, { failOn });
    expect(end.tasks['report']?.status).toBe('succeeded');
    expect(end.tasks['verdict']?.status).toBe(status);
  } finally {
    fixture.remove();
  }
});
