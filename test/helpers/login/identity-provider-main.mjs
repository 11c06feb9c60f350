// A certified OpenID provider, as a process of its own: its package is ESM only. Says its issuer on stdout; everybody who comes is Ada. With CLIENT_SECRET,
// its client has to know that.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const audience = 'https://orchestra.example.com/api';
const secret = process.env.CLIENT_SECRET;
const server = createServer((request, response) => handle(request, response));
let handle = (_, response) => response.writeHead(503).end();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'orchestra',
      application_type: 'native',
      token_endpoint_auth_method: secret === undefined ? 'none' : 'client_secret_post',
      ...(secret !== undefined && { client_secret: secret }),
      redirect_uris: ['http://127.0.0.1/login/callback', 'http://127.0.0.1/callback'],
    },
  ],
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: '',
        audience,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
  extraTokenClaims: () =>
    process.argv.includes('--without-claims') ? {} : { orchestra_workspace: 'default', orchestra_role: 'user' },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
});

const answer = provider.callback();
handle = async (request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response);
  // A person would type a password here, and agree.
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'ada' } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope('openid');
  grant.addResourceScope(audience, '');
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
};
process.stdout.write(`${issuer}\n`);
