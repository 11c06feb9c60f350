import { logInWithBrowser } from '../../../src/main/log-in-with-browser';
import { audience, startIdentityProvider } from '../../helpers/login/identity-provider';
import { until } from '../../helpers/until';

test('a login whose address cannot be shown leaves nothing that the process would wait for', async () => {
  const provider = await startIdentityProvider();
  const waiting = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = waiting();
  try {
    const settings = { issuer: provider.issuer, audience, clientId: 'orchestra', scope: 'openid' };
    const login = logInWithBrowser(settings, () => Promise.reject(new Error('there is nobody to show it to')));
    await expect(login).rejects.toThrow('there is nobody to show it to');
    // Connections that were kept have timers of their own, for some seconds.
    await until('no timer is left', () => waiting() <= before);
  } finally {
    provider.close();
  }
});
