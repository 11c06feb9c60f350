import { Browser } from '../helpers/login/browser';
import { audience, startIdentityProvider } from '../helpers/login/identity-provider';
import type { IdentityProvider } from '../helpers/login/identity-provider';
import { openLoginInstallation } from '../helpers/login/login-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';

let provider: IdentityProvider;
let installation: TestInstallation;
let url: string;
let browser: Browser;

beforeAll(async () => {
  provider = await startIdentityProvider();
  ({ installation, url } = await openLoginInstallation(provider, [25_700]));
});
afterAll(async () => {
  await installation.close();
  provider.close();
});
beforeEach(() => (browser = new Browser()));

const isCallback = (at: string): boolean => at.startsWith(`${url}/login/callback`);
const login = async (next = ''): Promise<Response> =>
  browser.send(await browser.walk(`${url}/login${next}`, isCallback));
const sessionOf = async (who = browser): Promise<Record<string, string>> =>
  (await (await who.send(`${url}/login/session`)).json()) as Record<string, string>;

it('lets people in who come back from their identity provider, and remembers them', async () => {
  const back = await login('?next=/docs/%23sessions');
  expect([back.status, back.headers.get('location')]).toEqual([302, '/docs/#sessions']);
  expect(browser.seen.get('orchestra-login')).toMatch(/HttpOnly/);
  expect(browser.seen.get('orchestra-login')).toMatch(/SameSite=Lax/);
  expect(browser.cookies(url).has('orchestra-pending')).toBe(false);
  expect(await sessionOf()).toMatchObject({ workspace: 'default', role: 'user', subject: 'jwt:ada' });
  expect((await browser.send(`${url}/v1/sessions`)).status).toBe(200);
  expect((await browser.send(`${url}/v1/sessions`, { headers: { 'orchestra-workspace': 'other' } })).status).toBe(403);
});

it('asks the provider with a state, a nonce and the challenge of PKCE, each made for this login', async () => {
  const ask = async (): Promise<URLSearchParams> => {
    const { headers } = await new Browser().send(`${url}/login`);
    return new URL(headers.get('location') ?? '').searchParams;
  };
  const [first, second] = [await ask(), await ask()];
  expect(Object.fromEntries(first)).toMatchObject({
    response_type: 'code',
    code_challenge_method: 'S256',
    redirect_uri: `${url}/login/callback`,
    resource: audience,
    scope: 'openid',
  });
  for (const name of ['state', 'nonce', 'code_challenge']) {
    expect(first.get(name)).toMatch(/^[\w-]{43}$/);
    expect(first.get(name)).not.toBe(second.get(name));
  }
});

it('takes a change only from its own page', async () => {
  await login();
  const { csrfToken = '' } = await sessionOf();
  const post = async (headers: Record<string, string>): Promise<number> =>
    (
      await browser.send(`${url}/v1/plans/validate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ plan: 'version: 1' }),
      })
    ).status;
  expect(await post({})).toBe(403);
  expect(await post({ 'orchestra-csrf': 'x'.repeat(43) })).toBe(403);
  expect(await post({ 'orchestra-csrf': csrfToken, origin: 'https://evil.example' })).toBe(403);
  expect(await post({ 'orchestra-csrf': csrfToken, origin: 'null' })).toBe(403);
  expect(await post({ 'orchestra-csrf': csrfToken, origin: url })).toBe(200);
  const stranger = new Browser();
  await stranger.send(await stranger.walk(`${url}/login`, isCallback));
  expect(await post({ 'orchestra-csrf': (await sessionOf(stranger))['csrfToken'] ?? '' })).toBe(403);
});

it('forgets those who log out, at once, and takes the cookie no more', async () => {
  await login();
  const kept = [...browser.cookies(url)].map(([name, value]) => `${name}=${value}`).join('; ');
  const { csrfToken = '' } = await sessionOf();
  expect((await browser.send(`${url}/logout`, { method: 'POST' })).status).toBe(403);
  const headers = { 'orchestra-csrf': csrfToken };
  expect((await browser.send(`${url}/logout`, { method: 'POST', headers })).status).toBe(204);
  expect(browser.cookies(url).has('orchestra-login')).toBe(false);
  expect((await fetch(`${url}/v1/sessions`, { headers: { cookie: kept } })).status).toBe(401);
});

it('refuses a way back that is not of the login in this browser', async () => {
  const callback = await browser.walk(`${url}/login`, isCallback);
  const victim = new Browser();
  // Somebody else's code, in a browser without a login under way, and in one with its own.
  expect((await victim.send(callback)).status).toBe(401);
  await victim.send(`${url}/login`);
  expect((await victim.send(callback)).status).toBe(401);
  const changed = new URL(callback);
  changed.searchParams.set('state', 'x'.repeat(43));
  expect((await browser.send(changed.href)).status).toBe(401);
  changed.searchParams.set('state', new URL(callback).searchParams.get('state') ?? '');
  changed.searchParams.set('code', 'made-up');
  expect((await browser.send(changed.href)).status).toBe(401);
  expect(victim.cookies(url).has('orchestra-login')).toBe(false);
});

it('keeps in the audit log who logged in and out, and who was refused', async () => {
  await login();
  const { csrfToken = '' } = await sessionOf();
  await browser.send(`${url}/logout`, { method: 'POST', headers: { 'orchestra-csrf': csrfToken } });
  await new Browser().send(`${url}/login/callback?code=hidden`);
  await installation.audit.close();
  const entries = await installation.audit.list('default', { limit: 1_000 });
  const outcomesOf = (action: string): Set<string> =>
    new Set(
      entries
        .filter((one) => one.action === action)
        .map(({ actor, outcome, code = '' }) => `${actor} ${outcome} ${code}`.trim()),
    );
  expect(outcomesOf('GET /login')).toEqual(new Set(['nobody succeeded']));
  expect(outcomesOf('GET /login/callback')).toEqual(
    new Set(['jwt:ada begun', 'jwt:ada succeeded', 'nobody denied TOKEN_INVALID']),
  );
  expect(outcomesOf('POST /logout')).toEqual(
    new Set(['jwt:ada begun', 'jwt:ada succeeded', 'nobody denied TOKEN_FORBIDDEN']),
  );
  expect(JSON.stringify(entries)).not.toContain('hidden');
});

it('takes a code once', async () => {
  const callback = await browser.walk(`${url}/login`, isCallback);
  const pending = browser.cookies(url).get('orchestra-pending') ?? '';
  expect((await browser.send(callback)).status).toBe(302);
  const again = await fetch(callback, { headers: { cookie: `orchestra-pending=${pending}` }, redirect: 'manual' });
  expect(again.status).toBe(401);
});

it.each(['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)', '/a b'])(
  'sends nobody to %s after a login',
  async (next) => {
    expect((await login(`?next=${encodeURIComponent(next)}`)).headers.get('location')).toBe('/docs/');
  },
);

it('takes no other token from a cookie, and none of these from a header', async () => {
  await login();
  const secret = browser.cookies(url).get('orchestra-login') ?? '';
  expect(secret).toMatch(/^orc_login_/);
  const asHeader = await fetch(`${url}/v1/sessions`, { headers: { authorization: `Bearer ${secret}` } });
  expect(asHeader.status).toBe(401);
  const asCookie = await fetch(`${url}/v1/sessions`, { headers: { cookie: 'orchestra-login=orc_api_000000000000_x' } });
  expect(asCookie.status).toBe(401);
});
