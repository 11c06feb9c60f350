import { findFreePort } from '../../../src/embedded/free-port';
import { openTestInstallation } from '../servers/test-installation';
import type { TestInstallation } from '../servers/test-installation';
import { audience } from './identity-provider';
import type { IdentityProvider } from './identity-provider';

/** An installation with an API at which people of the provider log in. `ports`: those that are tried first, of which the system gives none to whoever connects. */
export async function openLoginInstallation(
  { issuer }: Pick<IdentityProvider, 'issuer'>,
  ports: number[],
): Promise<{ installation: TestInstallation; url: string }> {
  const port = await findFreePort(ports);
  const url = `http://127.0.0.1:${port}`;
  const installation = await openTestInstallation({
    ORCHESTRA_JWT_ISSUER: issuer,
    ORCHESTRA_JWT_AUDIENCE: audience,
    ORCHESTRA_LOGIN_CLIENT_ID: 'orchestra',
    ORCHESTRA_PUBLIC_URL: url,
  });
  await installation.startApi(port);
  return { installation, url };
}
