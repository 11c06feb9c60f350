/** What is written to the socket, byte by byte where it matters, and the statuses that may come back. None: the connection is closed without an answer. */
export interface RawAttack {
  sent: string | Buffer;
  /** 'closed' for no answer. */
  expected: (number | 'closed')[];
}

const auth = 'authorization: Bearer good\r\n';
const host = 'host: orchestra.test\r\n';
const get = (target: string, headers = ''): string =>
  `GET ${target} HTTP/1.1\r\n${host}${auth}${headers}connection: close\r\n\r\n`;
const raw = (lines: string, body: string | Buffer = ''): Buffer =>
  Buffer.concat([Buffer.from(`${lines.replaceAll('\n', '\r\n')}\r\n\r\n`), Buffer.from(body)]);
const post = (body: string | Buffer, headers = ''): Buffer => {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(
      `POST /v1/sessions/s/pause HTTP/1.1\r\n${host}${auth}content-type: application/json\r\ncontent-length: ${bytes.length}\r\n${headers}connection: close\r\n\r\n`,
    ),
    bytes,
  ]);
};
const postLines = `POST /v1/sessions/s/pause HTTP/1.1\nhost: orchestra.test\nauthorization: Bearer good\ncontent-type: application/json`;
const hidden = 'GET /v1/hidden HTTP/1.1\r\nhost: orchestra.test\r\n\r\n';
const refused: RawAttack['expected'] = [400];

/** Each for one reason. */
export const rawAttacks: Record<string, RawAttack> = {
  // Two programs that read one request differently: request smuggling.
  'a length and chunks': {
    sent: raw(`${postLines}\ncontent-length: 4\ntransfer-encoding: chunked`, `0\r\n\r\n${hidden}`),
    expected: refused,
  },
  'chunks and a length': {
    sent: raw(`${postLines}\ntransfer-encoding: chunked\ncontent-length: 4`, `0\r\n\r\n${hidden}`),
    expected: refused,
  },
  'two lengths': { sent: raw(`${postLines}\ncontent-length: 2\ncontent-length: 60`, `{}${hidden}`), expected: refused },
  'two lengths in one header': { sent: raw(`${postLines}\ncontent-length: 2, 60`, `{}${hidden}`), expected: refused },
  'a length with a sign': { sent: raw(`${postLines}\ncontent-length: +2`, '{}'), expected: refused },
  'a negative length': { sent: raw(`${postLines}\ncontent-length: -1`, '{}'), expected: refused },
  'a length in hex': { sent: raw(`${postLines}\ncontent-length: 0x2`, '{}'), expected: refused },
  'a length without end': { sent: raw(`${postLines}\ncontent-length: 99999999999999999999`, '{}'), expected: refused },
  'chunks under two names': {
    sent: raw(`${postLines}\ntransfer-encoding: chunked\ntransfer-encoding: identity`, '0\r\n\r\n'),
    expected: refused,
  },
  'chunks that are not the last encoding': {
    sent: raw(`${postLines}\ntransfer-encoding: chunked, gzip`, '0\r\n\r\n'),
    expected: refused,
  },
  'an encoding that is nearly chunks': {
    sent: raw(`${postLines}\ntransfer-encoding: xchunked`, '0\r\n\r\n'),
    expected: refused,
  },
  'a blank before the colon': { sent: raw(`${postLines}\ncontent-length : 2`, '{}'), expected: refused },
  'a header over two lines': { sent: raw(`${postLines}\nx-a: b\n content-length: 2`, '{}'), expected: refused },
  'a bare line feed in a header': {
    sent: `GET /v1/sessions HTTP/1.1\r\n${host}x-a: b\nx-c: d\r\n\r\n`,
    expected: refused,
  },
  'a bare carriage return in a header': {
    sent: `GET /v1/sessions HTTP/1.1\r\n${host}x-a: b\rx-c: d\r\n\r\n`,
    expected: refused,
  },
  'a NUL in a header': { sent: get('/v1/sessions', 'x-a: b\0c\r\n'), expected: refused },
  'a size of a chunk that is no number': {
    sent: raw(`${postLines}\ntransfer-encoding: chunked`, 'zz\r\n{}\r\n0\r\n\r\n'),
    expected: refused,
  },
  'a size of a chunk that is too large': {
    sent: raw(`${postLines}\ntransfer-encoding: chunked`, 'fffffffffffffffff\r\n{}\r\n'),
    expected: refused,
  },
  'a chunk that is longer than it says': {
    sent: raw(`${postLines}\ntransfer-encoding: chunked`, '2\r\n{} {}\r\n0\r\n\r\n'),
    expected: refused,
  },
  // Requests that are none.
  'no host': { sent: `GET /v1/sessions HTTP/1.1\r\n${auth}\r\n`, expected: refused },
  'another protocol': { sent: 'GET /v1/sessions HTTP/9.9\r\n\r\n', expected: refused },
  'a protocol that is none': { sent: 'GET /v1/sessions HELLO\r\n\r\n', expected: refused },
  'a method that is none': { sent: `HACK /v1/sessions HTTP/1.1\r\n${host}\r\n`, expected: refused },
  'a method in small letters': { sent: `get /v1/sessions HTTP/1.1\r\n${host}\r\n`, expected: refused },
  'the beginning of TLS': { sent: Buffer.from('16030100a5010000a10303', 'hex'), expected: refused },
  'the preface of HTTP/2': { sent: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', expected: [400, 404, 'closed'] },
  'a tunnel': { sent: `CONNECT 169.254.169.254:80 HTTP/1.1\r\n${host}\r\n`, expected: [400, 404, 'closed'] },
  'a request to another server': { sent: get('http://169.254.169.254/latest/meta-data/'), expected: [400, 404] },
  TRACE: { sent: `TRACE /v1/sessions HTTP/1.1\r\n${host}${auth}connection: close\r\n\r\n`, expected: [405] },
  'a method in a header': { sent: get('/v1/sessions/s/pause', 'x-http-method-override: POST\r\n'), expected: [405] },
  // Headers.
  'headers of 17 KiB': { sent: get('/v1/sessions', `x-a: ${'a'.repeat(17 * 1024)}\r\n`), expected: [400] },
  'headers of 65 KiB': { sent: get('/v1/sessions', `x-a: ${'a'.repeat(65 * 1024)}\r\n`), expected: [431] },
  'a path of 17 KiB': { sent: get(`/v1/sessions?${'a'.repeat(17 * 1024)}`), expected: [400] },
  'a path of 65 KiB': { sent: get(`/v1/sessions?${'a'.repeat(65 * 1024)}`), expected: [431] },
  'three thousand headers': { sent: get('/v1/sessions', 'x-a: 1\r\n'.repeat(3_000)), expected: [400] },
  'two authorizations, the first one bad': {
    sent: `GET /v1/sessions HTTP/1.1\r\n${host}authorization: Bearer bad\r\n${auth}connection: close\r\n\r\n`,
    expected: [401],
  },
  'two tokens in one header': {
    sent: `GET /v1/sessions HTTP/1.1\r\n${host}authorization: Bearer bad, Bearer good\r\nconnection: close\r\n\r\n`,
    expected: [401],
  },
  'a token in the address': {
    sent: `GET /v1/sessions?access_token=good HTTP/1.1\r\n${host}connection: close\r\n\r\n`,
    expected: [401],
  },
  'another scheme': {
    sent: `GET /v1/sessions HTTP/1.1\r\n${host}authorization: Basic good\r\nconnection: close\r\n\r\n`,
    expected: [401],
  },
  'two workspaces': {
    sent: get('/v1/sessions', 'orchestra-workspace: acme\r\norchestra-workspace: other\r\n'),
    expected: [403],
  },
  // Paths.
  'a path that leads up': { sent: get('/v1/../../etc/passwd'), expected: [404] },
  'a path that leads up, encoded': { sent: get('/v1/sessions/%2e%2e%2f%2e%2e%2fetc%2fpasswd'), expected: [400, 404] },
  'a path that leads up, encoded twice': { sent: get('/v1/sessions/%252e%252e%252fetc'), expected: [400, 404] },
  'a path of the docs that leads up': {
    sent: get('/docs/static/..%2f..%2f..%2fpackage.json'),
    expected: [400, 403, 404],
  },
  backslashes: { sent: get('/v1\\sessions'), expected: [400, 404] },
  'a percent sign that says nothing': { sent: get('/v1/sessions/%zz'), expected: refused },
  'half a letter': { sent: get('/v1/sessions/%c3%28'), expected: refused },
  'a letter that is too long': { sent: get('/v1/sessions/%c0%ae%c0%ae'), expected: refused },
  'a NUL in a path': { sent: get('/v1/sessions/a%00b'), expected: refused },
  'a NUL in a query': { sent: get('/v1/sessions?cursor=a%00b'), expected: refused },
  'a name of 300 letters': { sent: get(`/v1/sessions/${'a'.repeat(300)}`), expected: [400, 404, 414] },
  'a path in capitals': { sent: get('/V1/SESSIONS'), expected: [404] },
  'two slashes': { sent: get('//v1/sessions'), expected: [404] },
  'a slash more': { sent: get('/v1/sessions/'), expected: [400, 404] },
  'a semicolon': { sent: get('/v1/sessions;role=admin'), expected: [404] },
  // Queries.
  'a parameter twice': { sent: get('/v1/sessions?limit=1&limit=2'), expected: refused },
  'a prototype in a query': { sent: get('/v1/sessions?__proto__[limit]=1&limit=-1'), expected: refused },
  'a limit that is none': { sent: get('/v1/sessions?limit=1e9'), expected: refused },
  'a limit in words': { sent: get('/v1/sessions?limit=all'), expected: refused },
  'a cursor that is none': { sent: get('/v1/sessions?cursor=!!!'), expected: refused },
  'a cursor in another alphabet': { sent: get('/v1/sessions?cursor=YWI%2BYw%3D%3D'), expected: refused },
  'a cursor with a NUL inside': {
    sent: get(`/v1/sessions?cursor=${Buffer.from('a\0b').toString('base64url')}`),
    expected: refused,
  },
  'a cursor of invalid UTF-8': {
    sent: get(`/v1/sessions?cursor=${Buffer.from([0xff, 0xfe]).toString('base64url')}`),
    expected: refused,
  },
  'a cursor of 8 KiB': { sent: get(`/v1/sessions?cursor=${'YWFh'.repeat(2_048)}`), expected: refused },
  // Bodies.
  'a body of 2 MiB': { sent: post(`{"now":${' '.repeat(2 * 1024 * 1024)}true}`), expected: [413] },
  'a body of a terabyte, announced': { sent: raw(`${postLines}\ncontent-length: 1099511627776`, '{'), expected: [413] },
  'chunks beyond the limit': {
    sent: raw(`${postLines}\ntransfer-encoding: chunked`, `200000\r\n${' '.repeat(0x200000)}\r\n0\r\n\r\n`),
    expected: [413],
  },
  'no JSON': { sent: post('now=true'), expected: refused },
  'half a JSON': { sent: post('{"now": tr'), expected: refused },
  'nothing, where JSON is said': { sent: post(''), expected: refused },
  'JSON with a comment': { sent: post('{"now": true /* yes */}'), expected: refused },
  'not a number': { sent: post('{"now": NaN}'), expected: refused },
  'a byte order mark': { sent: post(Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d, 0x7d])), expected: refused },
  'UTF-16': { sent: post(Buffer.from('{"now":true}', 'utf16le')), expected: refused },
  'invalid UTF-8': { sent: post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), expected: refused },
  'a list': { sent: post('[]'), expected: refused },
  'a text': { sent: post('"{}"'), expected: refused },
  null: { sent: post('null'), expected: refused },
  'a key of the prototype': { sent: post('{"__proto__": {"now": true}}'), expected: refused },
  'a key of the prototype, with escapes': {
    sent: post('{"\\u005f\\u005fproto\\u005f\\u005f": {"now": true}}'),
    expected: refused,
  },
  'a constructor': { sent: post('{"constructor": {"prototype": {"now": true}}}'), expected: refused },
  'a key that nobody knows': { sent: post('{"now": true, "role": "admin"}'), expected: refused },
  'a thousand levels of lists': { sent: post('['.repeat(1_000) + ']'.repeat(1_000)), expected: refused },
  'half a million levels of lists': { sent: post('['.repeat(500_000)), expected: refused },
  'a hundred thousand levels of objects': {
    sent: post('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)),
    expected: refused,
  },
  'another type of body': {
    sent: raw(`${postLines.replace('application/json', 'text/plain')}\ncontent-length: 2`, '{}'),
    expected: [400, 415],
  },
  'a form, as pages of others can send it': {
    sent: raw(
      `${postLines.replace('application/json', 'application/x-www-form-urlencoded')}\ncontent-length: 8`,
      'now=true',
    ),
    expected: [400, 415],
  },
  XML: {
    sent: raw(`${postLines.replace('application/json', 'application/xml')}\ncontent-length: 4`, '<a/>'),
    expected: [400, 415],
  },
  'a compressed body': {
    sent: post(Buffer.from('1f8b0800', 'hex'), 'content-encoding: gzip\r\n'),
    expected: [400, 415],
  },
  // Keys of repetition.
  'an idempotency key with a blank': { sent: post('{}', 'idempotency-key: a b\r\n'), expected: refused },
  'an empty idempotency key': { sent: post('{}', 'idempotency-key: \r\n'), expected: refused },
  'an idempotency key of 256 letters': {
    sent: post('{}', `idempotency-key: ${'k'.repeat(256)}\r\n`),
    expected: refused,
  },
  'two idempotency keys': { sent: post('{}', 'idempotency-key: a\r\nidempotency-key: b\r\n'), expected: refused },
  'an idempotency key in another script': { sent: post('{}', 'idempotency-key: ключ\r\n'), expected: refused },
};

/** What must be answered as always. */
export const rawBenign: Record<string, RawAttack> = {
  'a plain request': { sent: get('/v1/sessions'), expected: [200] },
  'a body in chunks': {
    sent: raw(`${postLines}\nconnection: close\ntransfer-encoding: chunked`, 'c\r\n{"now":true}\r\n0\r\n\r\n'),
    expected: [200],
  },
  'a body with blanks': { sent: post(' \r\n {"now" : true} \n'), expected: [200] },
  'a key said twice, as JSON allows it': { sent: post('{"now": false, "now": true}'), expected: [200] },
  'no body and no type': {
    sent: raw(
      'POST /v1/sessions/s/pause HTTP/1.1\nhost: a\nauthorization: Bearer good\ncontent-length: 0\nconnection: close',
    ),
    expected: [200],
  },
  'the workspace of the token': { sent: get('/v1/sessions', 'orchestra-workspace: acme\r\n'), expected: [200] },
  'headers of 12 KiB': { sent: get('/v1/sessions', `x-a: ${'a'.repeat(12 * 1024)}\r\n`), expected: [200] },
  'letters of other languages': { sent: get(`/v1/sessions/${encodeURIComponent('сессия')}`), expected: [404] },
  'HTTP/1.0': { sent: `GET /v1/sessions HTTP/1.0\r\n${host}${auth}\r\n`, expected: [200] },
};
