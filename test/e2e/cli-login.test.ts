import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenOf } from '../api/api-client';
import { CommandLine, untilSaid } from '../helpers/e2e/command-line';
import type { CommandEnd } from '../helpers/e2e/command-line';
import { Browser } from '../helpers/login/browser';
import { startIdentityProvider } from '../helpers/login/identity-provider';
import type { IdentityProvider } from '../helpers/login/identity-provider';
import { openLoginInstallation } from '../helpers/login/login-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';

const home = mkdtempSync(join(tmpdir(), 'orchestra-home-'));
const file = join(home, 'agent-orchestra', 'logins.json');
const cli = new CommandLine({ XDG_CONFIG_HOME: home });
let provider: IdentityProvider;
let installation: TestInstallation;
let url: string;

beforeAll(async () => {
  // Who somebody is, their memberships say.
  provider = await startIdentityProvider(false);
  ({ installation, url } = await openLoginInstallation(provider, [25_710]));
  await installation.workspaces.add('acme', { title: '', by: null });
  await installation.workspaces.putMember('acme', 'ada', 'user', 'test');
});
afterAll(async () => {
  await cli.clear();
  await installation.close();
  provider.close();
  rmSync(home, { recursive: true, force: true });
});

/** Logs in as somebody does who follows what the command shows. */
async function logIn(...options: string[]): Promise<CommandEnd & { page: string }> {
  const command = cli.start('login', '--api', url, ...options);
  const address = /http:\S+\/auth\?\S+(?=\s)/;
  await untilSaid(command, address);
  const [shown = ''] = address.exec(command.said.stderr) ?? [];
  const browser = new Browser();
  const back = await browser.walk(shown, (at) => new URL(at).pathname === '/callback');
  const stranger = new URL(back);
  stranger.searchParams.set('state', 'made-up');
  expect((await browser.send(stranger.href)).status).toBe(404);
  const page = await (await browser.send(back)).text();
  return { ...(await command.ended), page };
}

test('a person logs in with a browser, and the token stands where only they can read it', async () => {
  const end = await logIn();
  expect(end).toMatchObject({ exitCode: 0, page: 'You are logged in. This page can be closed.\n' });
  expect(end.stdout).toMatch(`You are logged in: jwt:ada, user in workspace acme of ${url}, until `);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, 'agent-orchestra')).mode & 0o777).toBe(0o700);
  expect(end.stdout + end.stderr).not.toContain(readToken());
});

const readToken = (): string =>
  (JSON.parse(readFileSync(file, 'utf8')) as { logins: Record<string, { token: string }> }).logins[url]?.token ??
  'none';

test('whoami and requests use the login, without saying again at which API', async () => {
  const who = await cli.run('whoami', '-o', 'json');
  expect(JSON.parse(who.stdout)).toMatchObject({ api: url, subject: 'jwt:ada', role: 'user', workspace: 'acme' });
  const listed = await cli.run('request', '/v1/sessions?limit=5');
  expect([listed.exitCode, JSON.parse(listed.stdout)]).toEqual([0, { sessions: [], next: null }]);
  const body = JSON.stringify({
    plan: 'version: 1\nname: p\nagents: { a: { connector: simulated } }\ntasks: { t: { agent: a } }\n',
  });
  const started = await cli.runWith(body, 'request', '/v1/sessions', '-X', 'POST', '--body', '-');
  expect([started.exitCode, JSON.parse(started.stdout)]).toMatchObject([0, { status: 'running' }]);
  const refused = await cli.run('request', '/v1/workspaces', '-X', 'POST', '--body', '/dev/null');
  expect(refused).toMatchObject({ exitCode: 1, stderr: 'POST /v1/workspaces was answered 403.\n' });
  expect(await cli.run('request', 'https://evil.example/v1/sessions')).toMatchObject({ exitCode: 2 });
});

test('a member of several workspaces is told to choose, and does', async () => {
  await installation.workspaces.add('labs', { title: '', by: null });
  await installation.workspaces.putMember('labs', 'ada', 'viewer', 'test');
  const before = readFileSync(file, 'utf8');
  const asked = await logIn();
  expect(asked.exitCode).toBe(2);
  expect(asked.stderr).toContain('You are a member of several workspaces (acme, labs)');
  expect(asked.stderr).toContain('orchestra login --workspace NAME');
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect((await logIn('--workspace', 'nowhere')).stderr).toContain('no member of that workspace');
  expect((await logIn('--workspace', 'labs')).stdout).toContain('jwt:ada, viewer in workspace labs');
  const started = await cli.run('request', '/v1/whoami');
  expect(JSON.parse(started.stdout)).toMatchObject({ workspace: 'labs', role: 'viewer' });
});

test('a browser that logs in at the API chooses in the address', async () => {
  const isBack = (at: string): boolean => at.startsWith(`${url}/login/callback`);
  const browser = new Browser();
  const refused = await browser.send(await browser.walk(`${url}/login`, isBack));
  expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('(acme, labs)')]);
  await browser.send(await browser.walk(`${url}/login?workspace=labs`, isBack));
  expect(await (await browser.send(`${url}/login/session`)).json()).toMatchObject({
    workspace: 'labs',
    role: 'viewer',
  });
  expect((await browser.send(`${url}/login?workspace=${encodeURIComponent('a b')}`)).status).toBe(400);
});

test('an old login, one that others can read, and a broken file are refused in words', async () => {
  const kept = readFileSync(file, 'utf8');
  const content = JSON.parse(kept) as { logins: Record<string, { expiresAt: number }> };
  const login = content.logins[url];
  if (login) login.expiresAt = Date.UTC(2026, 0, 1);
  writeFileSync(file, JSON.stringify(content));
  expect(await cli.run('whoami')).toMatchObject({
    exitCode: 2,
    stderr: `Your login at ${url} has expired, at 2026-01-01T00:00:00.000Z. Log in again: \`orchestra login --api ${url}\`.\n`,
  });
  chmodSync(file, 0o644);
  expect((await cli.run('whoami')).stderr).toContain('it can be read by others');
  chmodSync(file, 0o600);
  writeFileSync(file, 'nonsense');
  expect((await cli.run('whoami')).stderr).toContain('Remove it, and log in again');
  writeFileSync(file, kept);
});

test('a program logs in with a token, which is refused once it is revoked', async () => {
  const token = await tokenOf(installation, 'admin', 'acme');
  const end = await cli.runWith(`${token}\n`, 'login', '--api', url, '--with-token');
  expect(end).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('admin in workspace acme') });
  const [{ id = '' } = {}] = await installation.apiTokens.list('acme');
  await installation.apiTokens.revoke('acme', id);
  expect(await cli.run('whoami')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('not valid') });
  expect(await cli.runWith('wrong', 'login', '--api', url, '--with-token')).toMatchObject({ exitCode: 2 });
  expect(await cli.runWith('', 'login', '--api', url, '--with-token')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('no token on stdin'),
  });
});

test('a login is forgotten', async () => {
  expect(await cli.run('logout')).toMatchObject({ exitCode: 0, stdout: `The login at ${url} is forgotten.\n` });
  expect(readFileSync(file, 'utf8')).not.toContain('token');
  expect(await cli.run('whoami')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('logged in nowhere') });
  expect(await cli.run('whoami', '--api', url)).toMatchObject({
    exitCode: 2,
    stderr: `You are not logged in at ${url}. \`orchestra login --api ${url}\` does it.\n`,
  });
});

test.each([
  ['http://orchestra.example.com', 2, 'take one with https'],
  ['nonsense', 2, 'is no address of an API'],
  ['http://127.0.0.1:9', 4, 'cannot be reached'],
])('a login at %s is refused', async (api, exitCode, says) => {
  expect(await cli.run('login', '--api', api)).toMatchObject({ exitCode, stderr: expect.stringContaining(says) });
});
