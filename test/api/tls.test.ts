import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { readConfiguration } from '../../src/main/configuration';
import { connectTemporal } from '../../src/main/connect';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { createSelfSigned } from '../helpers/tls/certificates';

const folder = mkdtempSync(join(tmpdir(), 'orchestra-tls-'));
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
let installation: TestInstallation;
let url: string;

beforeAll(async () => {
  chmodSync(folder, 0o700);
  const made = await createSelfSigned(['localhost', '127.0.0.1']);
  writeFileSync(cert, made.cert);
  writeFileSync(key, made.key, { mode: 0o600 });
  installation = await openTestInstallation({ ORCHESTRA_TLS_CERT: cert, ORCHESTRA_TLS_KEY: key });
  ({ url } = await installation.startApi());
});
afterAll(async () => {
  await installation.close();
  rmSync(folder, { recursive: true });
});

const get = (address: string, options: RequestOptions): Promise<number> =>
  new Promise((resolve, reject) => {
    request(`${address}/healthz`, { ...options, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
const ca = (): Buffer => readFileSync(cert);

test('the API speaks TLS 1.3 with the certificate, and nothing less', async () => {
  expect(url).toMatch(/^https:/);
  expect(await get(url, { ca: ca() })).toBe(200);
  await expect(get(url, {})).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  await expect(get(url, { ca: ca(), maxVersion: 'TLSv1.2' })).rejects.toThrow('alert protocol version');
  await expect(fetch(`${url.replace('https', 'http')}/healthz`)).rejects.toThrow();
});

test('older clients can be let in by 1.2, and by nothing older', async () => {
  const older = await openTestInstallation({
    ORCHESTRA_TLS_CERT: cert,
    ORCHESTRA_TLS_KEY: key,
    ORCHESTRA_TLS_MIN_VERSION: 'TLSv1.2',
  });
  try {
    const api = await older.startApi();
    expect(await get(api.url, { ca: ca(), maxVersion: 'TLSv1.2' })).toBe(200);
  } finally {
    await older.close();
  }
  expect(() => readConfiguration({ ORCHESTRA_TLS_MIN_VERSION: 'TLSv1.1' })).toThrow('ORCHESTRA_TLS_MIN_VERSION');
});

test('half of it, or files that are not there, are refused at the start', async () => {
  expect(() => readConfiguration({ ORCHESTRA_TLS_CERT: cert })).toThrow('ORCHESTRA_TLS_KEY');
  const missing = await openTestInstallation({ ORCHESTRA_TLS_CERT: join(folder, 'none'), ORCHESTRA_TLS_KEY: key });
  await expect(missing.startApi()).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('ORCHESTRA_TLS_CERT') as string,
  });
  await missing.close();
});

test('Temporal is reached over TLS by its own settings, and only with a certificate that is trusted', async () => {
  const [host = '', port = ''] = (process.env['TEST_TEMPORAL_ADDRESS'] ?? '').split(':');
  const front = createServer({ cert: ca(), key: readFileSync(key), ALPNProtocols: ['h2'], minVersion: 'TLSv1.3' });
  front.on('secureConnection', (socket) => {
    const behind = connect(Number(port), host);
    socket.pipe(behind).pipe(socket);
    socket.on('error', () => behind.destroy());
    behind.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const address = `localhost:${(front.address() as AddressInfo).port}`;
  const over = (environment: NodeJS.ProcessEnv) => {
    const { temporal } = readConfiguration({
      ORCHESTRA_TEMPORAL_ADDRESS: address,
      TEMPORAL_TLS: 'true',
      ...environment,
    });
    if (!temporal) throw new Error('it is configured');
    return connectTemporal({ temporal, databaseUrl: '', webUiUrl: null });
  };
  const connection = await over({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: cert });
  expect((await connection.workflowService.getSystemInfo({})).serverVersion).toBeTruthy();
  await connection.close();
  await expect(over({})).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
  front.close();
});
