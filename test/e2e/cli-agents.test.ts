import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startA2aAgent } from '../helpers/a2a/start-agent';
import { CommandLine, untilSaid } from '../helpers/e2e/command-line';

const cli = new CommandLine();
const plain = 'sesame-open-0815';
const said: string[] = [];

/** Runs a command on the registry, and remembers all that it says. */
async function agents(...args: string[]) {
  const end = await cli.run('agents', ...args);
  said.push(end.stdout, end.stderr);
  return end;
}

beforeAll(async () => {
  const folder = join(cli.directory, 'team');
  mkdirSync(folder);
  const reviewer = {
    name: 'reviewer',
    connector: 'http',
    url: 'https://agents.example/review',
    headers: { Authorization: 'Bearer ${{ secrets.TOKEN }}' },
    capabilities: [{ name: 'code.review', proficiency: 0.8 }],
    technologies: ['typescript'],
  };
  writeFileSync(join(folder, 'reviewer.json'), JSON.stringify(reviewer));
  writeFileSync(join(folder, 'planner.md'), '---\nname: planner\ntools: Read\n---\nYou plan.\n');
  writeFileSync(join(cli.directory, 'faulty.yaml'), 'name: faulty\nconnector: simulated\nmaxConcurrent: 0\n');
  await untilSaid(cli.start('dev'), 'orchestra dev is ready');
});

afterAll(() => cli.clear());

test('an empty registry says how to fill it', async () => {
  expect(await agents('list')).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: expect.stringContaining('agents add'),
  });
});

test('agents are added all or none, found, shown and changed', async () => {
  const faulty = await agents('add', 'team', 'faulty.yaml');
  expect(faulty).toMatchObject({ exitCode: 2, stdout: '' });
  expect(faulty.stderr).toContain('faulty.yaml:3:16: maxConcurrent: must be at least 1');
  expect((await agents('list')).stdout).toBe('');

  expect(await agents('add', 'team')).toMatchObject({
    exitCode: 0,
    stdout: 'Agent planner is added.\nAgent reviewer is added.\n',
    stderr: expect.stringContaining('agents secrets set reviewer TOKEN'),
  });
  expect(await agents('add', 'team')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('has agents "planner", "reviewer" already'),
  });
  expect((await agents('list', 'REVIEW', '--technology', 'typescript')).stdout).toMatch(
    /^AGENT .*\nreviewer +http +code\.review +0\/1 +- +online\n$/,
  );
  expect((await agents('update', 'reviewer', '--max-concurrent', '4')).exitCode).toBe(0);
  expect(JSON.parse((await agents('show', 'reviewer', '-o', 'json')).stdout)).toMatchObject({
    name: 'reviewer',
    maxConcurrent: 4,
    revision: 2,
    status: 'online',
    connector: { headers: { Authorization: 'Bearer ${{ secrets.TOKEN }}' } },
  });
  expect(await agents('show', 'reviewre')).toMatchObject({
    exitCode: 2,
    stderr: 'There is no agent "reviewre" in workspace "default" (did you mean "reviewer"?).\n',
  });
});

test('a secret is kept, listed and rotated, and never shown', async () => {
  const set = await cli.runWith(`${plain}\n`, 'agents', 'secrets', 'set', 'reviewer', 'TOKEN');
  expect(set).toMatchObject({ exitCode: 0, stdout: 'Secret TOKEN of agent reviewer is set.\n', stderr: '' });
  const keyFile = join(cli.dataDirectory, 'secrets.key');
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  expect((await agents('secrets', 'list', 'reviewer')).stdout).toMatch(/^SECRET +KEY\nTOKEN +local-[0-9a-f]{8}\n$/);

  writeFileSync(keyFile, `new:${Buffer.alloc(32, 7).toString('base64')}\n${readFileSync(keyFile, 'utf8')}`);
  expect((await agents('secrets', 'rotate')).stdout).toContain('1 was encrypted anew');
  expect(JSON.parse((await agents('secrets', 'list', 'reviewer', '-o', 'json')).stdout)).toEqual({
    agent: 'reviewer',
    secrets: [{ name: 'TOKEN', keyId: 'new' }],
  });

  writeFileSync(keyFile, `other:${Buffer.alloc(32, 8).toString('base64')}\n`);
  expect(await agents('secrets', 'rotate')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('Secret "TOKEN" of agent "reviewer" cannot be decrypted: it needs the key "new"'),
  });
  expect(await agents('secrets', 'remove', 'reviewer', 'TOKNE')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('did you mean "TOKEN"?'),
  });

  await agents('list', '-o', 'json');
  await agents('show', 'reviewer');
  expect(said.join('')).not.toContain(plain);
  const logs = join(cli.dataDirectory, 'logs');
  for (const file of readdirSync(logs)) expect(readFileSync(join(logs, file), 'utf8')).not.toContain(plain);
});

test('an agent is drained and removed', async () => {
  expect((await agents('drain', 'reviewer')).stdout).toContain('takes no new work; it is idle and can be removed.');
  expect((await agents('list')).stdout).toMatch(/^reviewer .* draining$/m);
  expect((await agents('undrain', 'reviewer')).exitCode).toBe(0);
  expect((await agents('remove', 'reviewer')).exitCode).toBe(0);
  expect(await agents('remove', 'reviewer')).toMatchObject({ exitCode: 2 });
  expect((await agents('list')).stdout).not.toContain('reviewer');
});

test('an agent is added by its card, and does the tasks that its skills are asked for', async () => {
  const agent = await startA2aAgent();
  try {
    expect((await agents('add', '--card', agent.address)).stdout).toBe('Agent fake-agent is added.\n');
    expect((await agents('list', '--capability', 'code.review', '--technology', 'typescript')).stdout).toMatch(
      /^fake-agent +a2a +code\.review /m,
    );
    const plan = {
      version: 1,
      name: 'reviewed',
      tasks: { review: { agent: { capability: 'code.review', type: 'a2a' }, prompt: 'data' } },
      outputs: { found: '${{ tasks.review.output }}' },
    };
    writeFileSync(join(cli.directory, 'reviewed.json'), JSON.stringify(plan));
    const ran = await cli.run('run', 'reviewed.json', '-o', 'json');
    expect(JSON.parse(ran.stdout)).toMatchObject({
      status: 'succeeded',
      outputs: { found: { cause: 'é', lines: [3] } },
    });
  } finally {
    await agent.stop();
  }
});
