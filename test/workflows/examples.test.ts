import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditFixture } from '../helpers/audit-fixture';
import type { AuditFixture } from '../helpers/audit-fixture';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';

let installation: TestInstallation;

beforeAll(async () => {
  installation = await openTestInstallation();
  await installation.startWorkers();
});
afterAll(() => installation.close());

const example = (path: string): string => join(process.cwd(), 'examples', path);

describe('the audit', () => {
  let fixture: AuditFixture;
  let folder: string;
  beforeAll(() => {
    fixture = createAuditFixture();
    folder = mkdtempSync(join(tmpdir(), 'audit-report-'));
  });
  afterAll(() => {
    fixture.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('names exactly the planted faults, with file and line', async () => {
    const report = join(folder, 'audit-report.md');
    const session = await installation.startFile(example('audit/audit.plan.yaml'), { repo: fixture.root, report });
    const { status, outputs, error } = await session.result();
    expect({ status, error }).toEqual({ status: 'succeeded', error: null });
    const text = readFileSync(report, 'utf8');
    const places = new Set([...text.matchAll(/`([^`\s]+:\d+)`/g)].map(([, place]) => place));
    const { secret, cycle, deadLink, hotspot } = fixture.planted;
    expect([...places].sort()).toEqual([...new Set([secret, ...cycle, deadLink, hotspot])].sort());
    expect(text).not.toContain(fixture.secretValue);
    expect(outputs).toMatchObject({ report });
  });
});

it('the tour ends as its comment says', async () => {
  const session = await installation.startFile(example('tour/tour.plan.yaml'));
  const { status, outputs } = await session.result();
  expect(status).toBe('partially_succeeded');
  expect(outputs).toMatchObject({ blurb: 'Read it!' });
});

it('the first plan succeeds', async () => {
  const session = await installation.startFile(example('hello/hello.plan.yaml'));
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
});

it('the invoice is priced by functions inside turns', async () => {
  const session = await installation.startFile(example('functions/invoice.plan.yaml'));
  expect(await session.result()).toMatchObject({
    status: 'succeeded',
    outputs: { invoice: 'Please pay 27.49.', total: 27.49 },
  });
});
