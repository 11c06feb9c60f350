import { requirePlan, readPlan } from '../../../src/contracts/schemas/read-plan';
import { OrchestraError } from '../../../src/domain/errors';
import type { PlanChanges } from '../../../src/domain/plan/plan-changes';
import { planChanges } from '../../../src/domain/plan/plan-changes';
import type { Session } from '../../../src/cli/ports';
import { client, installation, run, session } from './scripted-host';
import type { HostScript, Ran } from './scripted-host';

const text = `
version: 1
name: hello
tasks:
  greet: { run: [echo, hi] }
  part: { needs: [greet], run: [echo, bye] }
`;
const edited = text.replace('bye', 'so long') + '  more: { run: [ls] }\n';
const present = requirePlanOf(text);

async function requirePlanOf(written: string) {
  const { plan, hash } = requirePlan(
    await readPlan({ file: 'hello.plan.yaml', text: written }, () => Promise.reject(new Error())),
  );
  return { plan, hash };
}

/** A session that takes every edit, unless the script says otherwise. */
function withSession(args: string[], script: Partial<Session> = {}, host: HostScript = {}): Promise<Ran> {
  const one = session({
    plan: () => present,
    previewEdit: async (before, after) => ({ changes: planChanges(before, after), refusals: [] }),
    edit: async () => ({ status: 'running' }),
    ...script,
  });
  const open = installation({ client: client({ get: async () => one }) });
  return run(args, {
    files: { '/home/ada/next.plan.yaml': edited },
    folder: { openRunning: async () => open },
    ...host,
  });
}

const byFile = ['sessions', 'edit', 'hello', '--file', 'next.plan.yaml'];

describe('sessions plan', () => {
  test('prints a plan file that means the same', async () => {
    const { stdout } = await withSession(['sessions', 'plan', 'hello']);
    expect(stdout).toContain('  greet:\n    run:\n      - echo\n');
    expect((await requirePlanOf(stdout)).hash).toBe((await present).hash);
    const json = await withSession(['sessions', 'plan', 'hello', '-o', 'json']);
    expect((await requirePlanOf(json.stdout)).hash).toBe((await present).hash);
  });
});

describe('sessions edit', () => {
  test('sends what the file makes of the present plan, and shows what changes', async () => {
    const sent: unknown[] = [];
    const { exitCode, stdout } = await withSession([...byFile, '--by', 'ada'], {
      edit: async ({ from, hash, by }) => {
        sent.push({ from, hash, by });
        return { status: 'paused' };
      },
    });
    expect(exitCode).toBe(0);
    expect(stdout).toBe('  + more\n  ~ part (run)\nSession hello-k3f9x2 goes on with it; it is paused.\n');
    expect(sent).toEqual([{ from: (await present).hash, hash: (await requirePlanOf(edited)).hash, by: 'ada' }]);
  });

  test('sends nothing with --dry-run, and says why the session would refuse it', async () => {
    const refuses: Partial<Session> = {
      previewEdit: async () => ({ changes: none({ removed: ['part'] }), refusals: ['task "part" has begun'] }),
      edit: () => Promise.reject(new Error('nothing is to be sent')),
    };
    expect(await withSession([...byFile, '--dry-run'], refuses)).toMatchObject({
      exitCode: 1,
      stdout: '  - part\nSession hello-k3f9x2 would refuse it:\n  task "part" has begun\n',
    });
    const { stdout } = await withSession([...byFile, '--dry-run', '-o', 'json'], refuses);
    expect(JSON.parse(stdout)).toMatchObject({
      session: 'hello-k3f9x2',
      changes: { removed: ['part'] },
      refusals: ['task "part" has begun'],
      edited: false,
    });
  });

  test('sends nothing where nothing is changed', async () => {
    const files = { '/home/ada/next.plan.yaml': text };
    expect(
      await withSession(byFile, { edit: () => Promise.reject(new Error('nothing is to be sent')) }, { files }),
    ).toMatchObject({ exitCode: 0, stdout: 'Nothing is changed: session hello-k3f9x2 has this plan.\n' });
  });

  test('names every fault of a file by its line', async () => {
    const files = { '/home/ada/next.plan.yaml': `${text}  more: { needs: [nowhere], run: [ls] }\n` };
    const { exitCode, stderr } = await withSession(byFile, {}, { files });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('next.plan.yaml:7:19');
  });

  test('names a file that is not there, whether servers run or not', async () => {
    const { exitCode, stderr } = await run(byFile);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('next.plan.yaml:1:1: cannot be read: there is no such file');
  });

  test('gives the plan to the editor, and takes what comes back', async () => {
    const files: Record<string, string> = {};
    const seen: string[] = [];
    const editor = (given: string): string => {
      seen.push(given);
      return `${given}  more:\n    run: [ls]\n`;
    };
    const { exitCode, stdout } = await withSession(['sessions', 'edit', 'hello'], {}, { files, editor });
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('  + more\n') });
    expect(seen[0]).toMatch(/^# The plan of session hello-k3f9x2, version [0-9a-f]{12}\.\n/);
    expect(files).toEqual({});
  });

  test('keeps what was written in the editor where it is refused', async () => {
    const files: Record<string, string> = {};
    const refusal = new OrchestraError('COMMAND_REFUSED', 'Session "hello" refused: its plan is another by now.');
    const { exitCode, stderr } = await withSession(
      ['sessions', 'edit', 'hello'],
      { edit: () => Promise.reject(refusal) },
      { files, editor: (given) => `${given}  more: { run: [ls] }\n` },
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain('another by now.\nWhat you have written is in /tmp/hello.plan.yaml');
    expect(Object.keys(files)).toEqual(['/tmp/hello.plan.yaml']);
  });
});

function none(parts: Partial<PlanChanges>): PlanChanges {
  return { added: [], removed: [], changed: {}, settings: [], ...parts };
}
