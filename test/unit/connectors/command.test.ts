import { chmod, mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCommandConnector } from '../../../src/connectors/command';
import type { CommandDependencies } from '../../../src/connectors/command';
import { readProcess } from '../../../src/processes/read-process';
import { attemptOf, commandAgent, recordedContext } from './attempt';
import { createRecordingProcessGroups } from './process-groups';

const hostEnvironment = {
  PATH: process.env['PATH'],
  LC_ALL: 'C.UTF-8',
  HOME: tmpdir(),
  SECRET_KEY: 'hush',
  SHARED_KEY: 'shared',
};

let folder: string;
let processGroups: ReturnType<typeof createRecordingProcessGroups>;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'command-connector-')));
  processGroups = createRecordingProcessGroups();
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function connector(changes: Partial<CommandDependencies> = {}) {
  return createCommandConnector({ hostEnvironment, processGroups, ...changes });
}

const shell = (script: string, changes: Parameters<typeof commandAgent>[1] = {}) =>
  commandAgent(['sh', '-c', script], changes);

/** A line of shell that reports progress with a message. */
const report = (message: string) => `printf '{"type":"progress","message":"%s"}\\n' "${message}"`;

const lastNumber = (text: string) => Number(/\d+$/.exec(text)?.[0]);

const echo = `
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const { argv, env } = process;
  console.log(JSON.stringify({ stdin: Buffer.concat(chunks).toString(), argv: argv.slice(2), env, cwd: process.cwd() }, null, 2));
`;

async function runEcho(
  changes: Parameters<typeof commandAgent>[1] = {},
  request: Parameters<typeof attemptOf>[1] = {},
) {
  const file = join(folder, 'echo.mjs');
  await writeFile(file, echo);
  const agent = commandAgent([process.execPath, file, '$(echo no shell)', '*'], changes);
  const { output, evidence } = await connector().run(
    { ...attemptOf(agent, { baseDirectory: folder }), ...request, agent },
    recordedContext(),
  );
  expect(evidence).toEqual([{ kind: 'exit-code', says: 'succeeded', detail: 'exit 0' }]);
  return output as { stdin: string; argv: string[]; env: Record<string, string>; cwd: string };
}

describe('what a program is given', () => {
  test('the attempt as JSON on stdin', async () => {
    expect(JSON.parse((await runEcho()).stdin)).toEqual({
      workspace: 'acme',
      session: 'fix-42',
      task: 'research',
      attempt: 1,
      idempotencyKey: 'acme/fix-42/research',
      prompt: 'Find the cause',
      input: { depth: 2 },
      context: { list: { status: 'succeeded', error: null } },
    });
  });

  test('the prompt as text, or the input where there is no prompt, or nothing', async () => {
    expect((await runEcho({ stdin: 'text' })).stdin).toBe('Find the cause');
    expect((await runEcho({ stdin: 'text' }, { prompt: null, input: 'as it is' })).stdin).toBe('as it is');
    expect((await runEcho({ stdin: 'text' }, { prompt: null })).stdin).toBe('{"depth":2}');
    expect((await runEcho({ stdin: 'text' }, { prompt: null, input: null })).stdin).toBe('');
    expect((await runEcho({ stdin: 'none' })).stdin).toBe('');
  });

  test('its arguments without a shell in between', async () => {
    expect((await runEcho()).argv).toEqual(['$(echo no shell)', '*']);
  });

  test('only the allowed part of the environment, and the attempt', async () => {
    const { env } = await runEcho({ env: ['SHARED_KEY', 'NOT_THERE'] });
    const { __CF_USER_TEXT_ENCODING: _macOs, ...seen } = env;
    expect(seen).toEqual({
      PATH: hostEnvironment.PATH,
      HOME: hostEnvironment.HOME,
      LC_ALL: 'C.UTF-8',
      SHARED_KEY: 'shared',
      ORCHESTRA_WORKSPACE: 'acme',
      ORCHESTRA_SESSION: 'fix-42',
      ORCHESTRA_TASK: 'research',
      ORCHESTRA_ATTEMPT: '1',
      ORCHESTRA_IDEMPOTENCY_KEY: 'acme/fix-42/research',
    });
  });

  test('the values of an environment map, which cannot pretend another attempt', async () => {
    const { env } = await runEcho({ env: { MODE: 'fast', LC_ALL: 'C', ORCHESTRA_TASK: 'another' } });
    expect(env).toMatchObject({ MODE: 'fast', LC_ALL: 'C', ORCHESTRA_TASK: 'research' });
    expect(env).not.toHaveProperty('SHARED_KEY');
  });

  test('a working folder below the folder of the plan', async () => {
    await mkdir(join(folder, 'checkout'));
    expect((await runEcho()).cwd).toBe(folder);
    expect((await runEcho({ cwd: 'checkout' })).cwd).toBe(join(folder, 'checkout'));
  });

  test('a program with a relative path is looked for in its working folder', async () => {
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin', 'agent'), '#!/bin/sh\necho here');
    await chmod(join(folder, 'bin', 'agent'), 0o755);
    const agent = commandAgent(['./agent'], { cwd: 'bin', output: 'text' });
    const { output } = await connector().run(attemptOf(agent, { baseDirectory: folder }), recordedContext());
    expect(output).toBe('here');
  });
});

describe('what a program says', () => {
  test('progress lines are reported as they come and are no output', async () => {
    const context = recordedContext();
    const gate = join(folder, 'go-on');
    const script = `${report('half way')}; until [ -e "${gate}" ]; do sleep 0.01; done; echo '{"found":true}'`;
    const running = connector().run(attemptOf(shell(script)), context);
    await context.message('half way');
    await writeFile(gate, '');
    expect((await running).output).toEqual({ found: true });
    expect(context.updates).toEqual([{ message: 'half way' }]);
  });

  test('text and lines', async () => {
    const script = `printf 'a b\\nc\\n'`;
    const text = await connector().run(attemptOf(shell(script, { output: 'text' })), recordedContext());
    const lines = await connector().run(attemptOf(shell(script, { output: 'lines' })), recordedContext());
    expect(text.output).toBe('a b\nc');
    expect(lines.output).toEqual(['a b', 'c']);
  });

  test('exit 0 without the JSON it owes is evidence for and against success', async () => {
    const { output, evidence, error } = await connector().run(
      attemptOf(shell('echo All done!; echo tried hard >&2')),
      recordedContext(),
    );
    expect(output).toBeNull();
    expect(evidence).toEqual([
      { kind: 'exit-code', says: 'succeeded', detail: 'exit 0' },
      { kind: 'output-format', says: 'failed', detail: 'stdout is not JSON' },
    ]);
    expect(error).toContain('tried hard');
  });

  test('any other exit is a failure, told with the last lines of stderr', async () => {
    const script = 'i=0; while [ $i -lt 3000 ]; do echo "line $i" >&2; i=$((i+1)); done; exit 3';
    const { evidence, error, retryable } = await connector().run(attemptOf(shell(script)), recordedContext());
    expect(evidence).toEqual([{ kind: 'exit-code', says: 'failed', detail: 'exit 3' }]);
    expect(error).toMatch(/^Agent 'researcher' failed: exit 3\. Last of stderr:\nline \d+\n/);
    expect(error).toMatch(/\nline 2999$/);
    expect(error?.length).toBeLessThanOrEqual(2_000);
    expect(retryable).toBeUndefined();
  });

  test('a failing program may print what it has, and it is no evidence of success', async () => {
    const { output, evidence } = await connector().run(
      attemptOf(shell(`echo '{"partial":1}'; exit 1`)),
      recordedContext(),
    );
    expect(output).toEqual({ partial: 1 });
    expect(evidence.map(({ says }) => says)).toEqual(['failed']);
  });

  test('exit 75 asks for a retry', async () => {
    const { evidence, retryable } = await connector().run(attemptOf(shell('exit 75')), recordedContext());
    expect(evidence).toEqual([{ kind: 'exit-code', says: 'failed', detail: 'exit 75' }]);
    expect(retryable).toBe(true);
  });

  test('a program that was killed names the signal', async () => {
    const { evidence, error } = await connector().run(attemptOf(shell('kill -KILL $$')), recordedContext());
    expect(evidence).toEqual([{ kind: 'exit-code', says: 'failed', detail: 'killed by SIGKILL' }]);
    expect(error).toContain('SIGKILL');
  });

  test('a program that never reads its stdin has done nothing wrong', async () => {
    const request = attemptOf(shell('exec <&-; echo 1'), { prompt: 'x'.repeat(4_000_000) });
    const { output, evidence } = await connector().run(request, recordedContext());
    expect(output).toBe(1);
    expect(evidence.map(({ says }) => says)).toEqual(['succeeded']);
  });
});

describe('a program that cannot be started', () => {
  async function startOf(command: string[], cwd?: string) {
    const agent = commandAgent(command, cwd === undefined ? {} : { cwd });
    const { evidence, retryable, error } = await connector().run(
      attemptOf(agent, { baseDirectory: folder }),
      recordedContext(),
    );
    expect(evidence).toMatchObject([{ kind: 'start', says: 'failed' }]);
    expect(retryable).toBe(false);
    expect(processGroups.watched).toEqual([]);
    return error;
  }

  test('does not exist', async () => {
    expect(await startOf(['no-such-agent'])).toContain('no-such-agent');
    expect(await startOf([join(folder, 'absent')])).toContain(join(folder, 'absent'));
  });

  test('is not executable', async () => {
    await writeFile(join(folder, 'agent'), 'echo 1');
    expect(await startOf([join(folder, 'agent')])).toContain('chmod +x');
  });

  test('has no folder to run in', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await startOf(['sh', '-c', 'true'], 'absent')).toContain(
      `${join(folder, 'absent')} cannot be used (ENOENT)`,
    );
    expect(await startOf(['sh', '-c', 'true'], 'file')).toContain('is not a folder');
  });

  test('has arguments that no system takes', async () => {
    expect(await startOf(['echo', 'a\0b'])).toContain('echo');
    expect(await startOf(['ec\0ho'])).not.toContain('\0');
    expect(await startOf(['echo', 'x'.repeat(4_000_000)])).toContain('too long');
    expect(await startOf([])).toContain('command');
  });
});

describe('how an attempt ends', () => {
  test('an attempt that is aborted before it starts runs nothing', async () => {
    const context = recordedContext();
    context.abort();
    const { evidence } = await connector().run(attemptOf(shell(`touch "${join(folder, 'ran')}"`)), context);
    expect(evidence).toMatchObject([{ kind: 'aborted', says: 'failed' }]);
    await expect(stat(join(folder, 'ran'))).rejects.toThrow('ENOENT');
  });

  test('an abort lets the program clean up', async () => {
    const context = recordedContext();
    const script = `trap 'touch "${join(folder, 'cleaned')}"; exit 0' TERM; ${report('ready')}; while :; do sleep 0.01; done`;
    const running = connector().run(attemptOf(shell(script)), context);
    await context.message('ready');
    context.abort();
    expect((await running).evidence).toMatchObject([{ kind: 'aborted', says: 'failed' }]);
    await expect(stat(join(folder, 'cleaned'))).resolves.toBeDefined();
    expect(processGroups.released).toEqual(processGroups.watched);
  });

  test('an abort ends the whole group, also where it ignores SIGTERM, before the attempt settles', async () => {
    const context = recordedContext();
    const stubborn = `trap '' TERM; while :; do sleep 0.05; done`;
    const script = `trap '' TERM; sh -c "${stubborn}" & ${report('child $!')}; wait`;
    const running = connector({ graceMs: 50 }).run(attemptOf(shell(script)), context);
    const child = lastNumber(await context.message('child'));
    expect(readProcess(child)).not.toBeNull();
    context.abort();
    expect((await running).evidence).toMatchObject([{ kind: 'aborted', says: 'failed' }]);
    expect(readProcess(child)).toBeNull();
    expect(processGroups.watched.map(readProcess)).toEqual([null]);
  });

  test('a descendant that holds stdout open does not hold the attempt', async () => {
    const { output, evidence } = await connector({ drainMs: 50 }).run(
      attemptOf(shell('sleep 1000 & echo $!')),
      recordedContext(),
    );
    expect(evidence.map(({ says }) => says)).toEqual(['succeeded']);
    expect(readProcess(output as number)).toBeNull();
  });

  test('a descendant that closed its pipes is ended with the attempt', async () => {
    const script = 'sleep 1000 </dev/null >/dev/null 2>&1 & echo $!';
    const { output } = await connector().run(attemptOf(shell(script)), recordedContext());
    expect(readProcess(output as number)).toBeNull();
  });

  test('a descendant that left the group and holds stdout open does not hold the attempt', async () => {
    const file = join(folder, 'leave.mjs');
    await writeFile(
      file,
      `import { spawn } from 'node:child_process';
       const child = spawn('sleep', ['1000'], { detached: true, stdio: 'inherit' });
       child.unref();
       console.log(child.pid);`,
    );
    const agent = commandAgent([process.execPath, file]);
    const { output, evidence } = await connector({ drainMs: 50 }).run(attemptOf(agent), recordedContext());
    process.kill(output as number, 'SIGKILL');
    expect(evidence.map(({ says }) => says)).toEqual(['succeeded']);
  });

  test('an abort while a descendant holds stdout open ends the attempt at once', async () => {
    const context = recordedContext();
    const script = `sleep 1000 & ${report('left $!')}; exit 0`;
    const running = connector({ drainMs: 600_000 }).run(attemptOf(shell(script)), context);
    const sleeper = lastNumber(await context.message('left'));
    context.abort();
    expect((await running).evidence).toMatchObject([{ kind: 'aborted' }]);
    expect(readProcess(sleeper)).toBeNull();
  });

  test('an output beyond the limit ends the program and is not cut', async () => {
    const request = attemptOf(shell(`trap '' TERM PIPE; while :; do echo '"more"'; done`, { output: 'text' }));
    const { output, evidence, error } = await connector({ outputLimitBytes: 10_000, graceMs: 20 }).run(
      request,
      recordedContext(),
    );
    expect(output).toBeNull();
    expect(evidence).toEqual([{ kind: 'output-size', says: 'failed', detail: 'stdout exceeded 10000 bytes' }]);
    expect(error).toContain('10000 bytes');
    expect(processGroups.watched.map(readProcess)).toEqual([null]);
  });

  test('an output of exactly the limit is taken', async () => {
    const request = attemptOf(shell(`printf 0123456789`, { output: 'text' }));
    const { output } = await connector({ outputLimitBytes: 10 }).run(request, recordedContext());
    expect(output).toBe('0123456789');
  });

  test('each group is watched while it runs and released when it is gone', async () => {
    await connector().run(attemptOf(shell('echo 1')), recordedContext());
    expect(processGroups.watched).toHaveLength(1);
    expect(processGroups.released).toEqual(processGroups.watched);
  });

  test('a group that cannot be ended is a fault of the orchestrator, and stays with the watchdog', async () => {
    const failing = { ...processGroups, end: () => Promise.reject(new Error('not permitted')) };
    const running = connector({ processGroups: failing }).run(attemptOf(shell('echo 1')), recordedContext());
    await expect(running).rejects.toThrow('not permitted');
    expect(processGroups.released).toEqual([]);
  });

  test('a hundred programs at once all settle', async () => {
    const running = Array.from({ length: 100 }, (_, index) =>
      connector().run(attemptOf(commandAgent(['echo', String(index)])), recordedContext()),
    );
    const outputs = (await Promise.all(running)).map(({ output }) => output);
    expect(outputs).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });
});

test('what a program says of its usage is reported, also where it fails', async () => {
  const agent = shell(`echo '{"type":"usage","tokens":-1}'; echo '{"type":"usage","tokens":12,"model":"m"}'; exit 3`);
  const { usage, evidence } = await connector().run(attemptOf(agent), recordedContext());
  expect(usage).toEqual({ tokens: 12, model: 'm' });
  expect(evidence).toEqual([
    { kind: 'exit-code', says: 'failed', detail: 'exit 3' },
    {
      kind: 'usage',
      says: 'nothing',
      detail: '1 usage report ignored: tokens is -1, no whole number from 0 to 1000000000',
    },
  ]);
});
