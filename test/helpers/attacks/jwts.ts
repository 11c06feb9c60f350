import { encode } from './jwt-forge';
import type { JwtForge } from './jwt-forge';

type Make = (forge: JwtForge) => string;

const unsigned =
  (alg: unknown, signature = ''): Make =>
  ({ header, claims }) =>
    `${encode({ ...header, alg })}.${encode(claims)}.${signature}`;
const by =
  (header: Record<string, unknown>): Make =>
  (forge) =>
    forge.token({}, header, forge.otherKey);
const saying =
  (claims: Record<string, unknown>): Make =>
  (forge) =>
    forge.token(claims);
const without = (name: string): Make => saying({ [name]: undefined });
const payload =
  (text: (claims: string) => string): Make =>
  ({ signed, header, claims }) =>
    signed(JSON.stringify(header), text(JSON.stringify(claims)));
const mangled =
  (change: (parts: [string, string, string]) => string): Make =>
  (forge) =>
    change(forge.token().split('.') as [string, string, string]);

/** Tokens that must not be taken, each for one reason. */
export const jwtAttacks: Record<string, Make> = {
  // Without a signature.
  'alg none': unsigned('none'),
  'alg None': unsigned('None'),
  'alg NONE': unsigned('NONE'),
  'alg nOnE with a signature': unsigned('nOnE', 'AAAA'),
  'an empty alg': unsigned(''),
  'an alg that is null': unsigned(null),
  'an alg that is a list': unsigned(['RS256']),
  'no alg': ({ token }) => token({}, { alg: undefined }),
  'an empty signature': mangled(([header, claims]) => `${header}.${claims}.`),
  'no signature at all': mangled(([header, claims]) => `${header}.${claims}`),
  // The public key taken for a secret.
  'HS256 with the public key as PEM': ({ hmac, publicPem }) => hmac(publicPem),
  'HS256 with the public key as PEM, trimmed': ({ hmac, publicPem }) => hmac(publicPem.trim()),
  'HS256 with the public key as JWK': ({ hmac, publicJwk }) => hmac(JSON.stringify(publicJwk)),
  'HS256 with the modulus': ({ hmac, publicJwk }) => hmac(Buffer.from(String(publicJwk['n']), 'base64url')),
  'HS384 with the public key': ({ hmac, publicPem }) => hmac(publicPem, { alg: 'HS384' }, 'sha384'),
  'HS512 with the public key': ({ hmac, publicPem }) => hmac(publicPem, { alg: 'HS512' }, 'sha512'),
  'HS256 with an empty secret': ({ hmac }) => hmac(''),
  'RS256 in the header, and an HMAC': ({ hmac, publicPem }) => hmac(publicPem, { alg: 'RS256' }),
  // Keys and algorithms that nobody agreed to.
  'another key': by({}),
  'another hash with the right key': (forge) => forge.token({}, { alg: 'RS512' }, undefined, 'sha512'),
  'the padding of another algorithm': (forge) => forge.token({}, { alg: 'PS256' }),
  'an elliptic algorithm': (forge) => forge.token({}, { alg: 'ES256' }),
  'a key that it brings along as jwk': (forge) => forge.token({}, { jwk: forge.otherJwk }, forge.otherKey),
  'a key that it brings along, without a kid': (forge) =>
    forge.token({}, { jwk: forge.otherJwk, kid: undefined }, forge.otherKey),
  'keys at an address (jku)': by({ jku: 'https://evil.example/keys' }),
  'keys at an address of the cloud (jku)': by({ jku: 'http://169.254.169.254/latest/meta-data/' }),
  'a certificate at an address (x5u)': by({ x5u: 'https://evil.example/cert' }),
  'a certificate that it brings along (x5c)': by({ x5c: ['MIIB'] }),
  'a thumbprint (x5t)': by({ x5t: 'AAAA', kid: undefined }),
  // Names of keys that are something else.
  ...Object.fromEntries(
    [
      '../../../../dev/null',
      '/dev/null',
      'file:///etc/passwd',
      "k1' OR '1'='1",
      "x' UNION SELECT 'secret'--",
      'k1; cat /etc/passwd',
      '$(id)',
      'k1\u0000',
      ' k1',
      'K1',
      '',
      '__proto__',
      'constructor',
      'https://evil.example/keys',
      'k'.repeat(5_000),
    ].map((kid) => [`the key name ${JSON.stringify(kid.slice(0, 30))}`, by({ kid })]),
  ),
  'a right signature under the name of a key that is not there': (forge) => forge.token({}, { kid: 'k2' }),
  'a key name that is a number': (forge) => forge.token({}, { kid: 1 }, forge.otherKey),
  'a key name that is an object': (forge) => forge.token({}, { kid: { $ne: null } }, forge.otherKey),
  // Headers.
  'the type of an ID token': (forge) => forge.token({}, { typ: 'JWT' }),
  'the type of a logout token': (forge) => forge.token({}, { typ: 'logout+jwt' }),
  'no type': (forge) => forge.token({}, { typ: undefined }),
  'a type that is a list': (forge) => forge.token({}, { typ: ['at+jwt'] }),
  'critical extensions that nobody knows': (forge) => forge.token({}, { crit: ['x'], x: 1 }),
  'an empty list of critical extensions': (forge) => forge.token({}, { crit: [] }),
  'a payload that is not encoded (b64)': (forge) => forge.token({}, { crit: ['b64'], b64: false }),
  compression: (forge) => forge.token({}, { zip: 'DEF', crit: ['zip'] }),
  'a header with two algorithms, the last one none': (forge) =>
    forge.signed('{"alg":"RS256","kid":"k1","typ":"at+jwt","alg":"none"}', JSON.stringify(forge.claims)),
  'a header that is no JSON': (forge) => forge.signed('alg=RS256', JSON.stringify(forge.claims)),
  'a header that is a list': (forge) => forge.signed('[]', JSON.stringify(forge.claims)),
  'an encrypted token': () => `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`,
  // Who and for whom.
  'another issuer': saying({ iss: 'https://evil.example.org' }),
  'an issuer with a slash more': saying({ iss: 'https://id.example.org/' }),
  'an issuer in capitals': saying({ iss: 'HTTPS://ID.EXAMPLE.ORG' }),
  'an issuer that begins alike': saying({ iss: 'https://id.example.org.evil.example' }),
  'a list of issuers': saying({ iss: ['https://id.example.org'] }),
  'no issuer': without('iss'),
  'another audience': saying({ aud: 'others' }),
  'an audience that begins alike': saying({ aud: 'orchestra2' }),
  'an empty audience': saying({ aud: '' }),
  'an empty list of audiences': saying({ aud: [] }),
  'an audience that is an object': saying({ aud: { 0: 'orchestra' } }),
  'no audience': without('aud'),
  // When.
  'an end that has passed': saying({ exp: 1_700_000_000 }),
  'an end a moment ago': ({ token, seconds }) => token({ exp: seconds - 6 }),
  'an end at 0': saying({ exp: 0 }),
  'an end as text': ({ token, seconds }) => token({ exp: String(seconds + 600) }),
  'an end that is null': saying({ exp: null }),
  'an end that never comes': ({ signed, header, claims, seconds }) =>
    signed(JSON.stringify(header), JSON.stringify(claims).replace(`"exp":${seconds + 600}`, '"exp":1e999999')),
  'no end': without('exp'),
  'a beginning that is still to come': ({ token, seconds }) => token({ nbf: seconds + 60 }),
  'a beginning as text': saying({ nbf: 'now' }),
  'a making that is still to come': ({ token, seconds }) => token({ iat: seconds + 60 }),
  'a making that was long ago': ({ token, seconds }) => token({ iat: seconds - 13 * 3_600 }),
  'a making as text': ({ token, seconds }) => token({ iat: String(seconds) }),
  'a making before 1970': saying({ iat: -1 }),
  'no time of its making': without('iat'),
  // What.
  nobody: without('sub'),
  'an empty subject': saying({ sub: '' }),
  'a subject that is a number': saying({ sub: 1 }),
  'a subject without end': saying({ sub: 'a'.repeat(201) }),
  'a subject with a NUL': saying({ sub: 'ada\u0000admin' }),
  'a subject with a line break': saying({ sub: 'ada\nadmin' }),
  'no workspace': without('orchestra_workspace'),
  'a workspace that leads elsewhere': saying({ orchestra_workspace: '../acme' }),
  'a workspace with a quotation mark': saying({ orchestra_workspace: "acme' OR '1'='1" }),
  'a workspace with a NUL': saying({ orchestra_workspace: 'acme\u0000' }),
  'a workspace with a line break at its end': saying({ orchestra_workspace: 'acme\n' }),
  'two workspaces': saying({ orchestra_workspace: ['acme', 'other'] }),
  'no role': without('orchestra_role'),
  'a role that is none': saying({ orchestra_role: 'root' }),
  'a role in capitals': saying({ orchestra_role: 'ADMIN' }),
  'two roles': saying({ orchestra_role: ['user', 'admin'] }),
  'the role of agents': saying({ orchestra_role: 'agent' }),
  'a role of a prototype': saying({ orchestra_role: 'constructor' }),
  'a role that only the prototype has': payload((claims) =>
    claims.replace(',"orchestra_role":"user"', ',"__proto__":{"orchestra_role":"admin"}'),
  ),
  'task types that are no list': saying({ orchestra_task_types: 'review' }),
  'task types that are numbers': saying({ orchestra_task_types: [1] }),
  'capabilities that are an object': saying({ orchestra_capabilities: { review: true } }),
  'another issuer, said a second time': payload((claims) => claims.replace(/}$/, ',"iss":"https://evil.example"}')),
  'claims that are no JSON': payload(() => 'sub=ada'),
  'claims that are a list': payload((claims) => `[${claims}]`),
  'claims that are null': payload(() => 'null'),
  'claims that are invalid UTF-8': ({ signed, header }) =>
    signed(JSON.stringify(header), Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString('latin1')),
  // Shapes.
  nothing: () => '',
  'dots only': () => '..',
  'too many parts': mangled((parts) => `${parts.join('.')}.x`),
  'blanks before it': mangled((parts) => ` ${parts.join('.')}`),
  'a NUL at its end': mangled((parts) => `${parts.join('.')}\u0000`),
  'claims that were changed after it was signed': (forge) =>
    mangled(
      ([header, , signature]) => `${header}.${encode({ ...forge.claims, orchestra_role: 'admin' })}.${signature}`,
    )(forge),
  'a header that was changed after it was signed': (forge) =>
    mangled(([, claims, signature]) => `${encode({ ...forge.header, x: 1 })}.${claims}.${signature}`)(forge),
  'a signature with one bit changed': mangled(([header, claims, signature]) => {
    const bytes = Buffer.from(signature, 'base64url');
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    return `${header}.${claims}.${bytes.toString('base64url')}`;
  }),
  'a signature that was cut': mangled(
    ([header, claims, signature]) => `${header}.${claims}.${signature.slice(0, 100)}`,
  ),
  'a signature of zeros': mangled(
    ([header, claims]) => `${header}.${claims}.${Buffer.alloc(256).toString('base64url')}`,
  ),
  'the signature of another token': (forge) =>
    mangled(([header, claims]) => `${header}.${claims}.${forge.token({ sub: 'eve' }).split('.')[2]}`)(forge),
  'the JSON form of a signature': (forge) => {
    const [header, claims, signature] = forge.token().split('.');
    return JSON.stringify({ protected: header, payload: claims, signature });
  },
  'a megabyte': saying({ padding: 'x'.repeat(1_000_000) }),
  'more than 8 KiB': saying({ padding: 'x'.repeat(8_192) }),
  'ten thousand levels': payload((claims) => claims.replace(/}$/, `,"deep":${'['.repeat(4_000)}${']'.repeat(4_000)}}`)),
};

/** Tokens that must be taken. */
export const benignJwts: Record<string, Make> = {
  'a plain token': ({ token }) => token(),
  'one of several audiences': saying({ aud: ['others', 'orchestra'] }),
  'a type with its full name': (forge) => forge.token({}, { typ: 'application/at+jwt' }),
  'a type in capitals': (forge) => forge.token({}, { typ: 'AT+JWT' }),
  'claims that nobody asked for': saying({ scope: 'openid', groups: ['a'], email: 'ada@example.org' }),
  'a beginning now': ({ token, seconds }) => token({ nbf: seconds }),
  'a clock that is 4 seconds ahead': ({ token, seconds }) => token({ iat: seconds + 4, nbf: seconds + 4 }),
  'a clock that is 4 seconds behind': ({ token, seconds }) => token({ exp: seconds - 4 }),
  'a subject that is an address': saying({ sub: 'ada@example.org' }),
  'a subject with letters of other languages': saying({ sub: 'auth0|Ада Лавлейс' }),
  'the longest subject': saying({ sub: 'a'.repeat(200) }),
  'a long one': saying({ groups: Array.from({ length: 300 }, (_, index) => `group-${index}`) }),
  'a list of task types': saying({ orchestra_task_types: ['review'], orchestra_capabilities: ['typescript'] }),
};
