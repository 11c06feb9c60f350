import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import webpack from 'webpack';
import { ScriptedServer, cut, json, stream } from '../helpers/sdk/scripted-server';

let folder: string;
let server: ScriptedServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orchestra-browser-'));
  server = await new ScriptedServer().start();
});
afterAll(() => {
  server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Rejects where the entry needs anything that a browser does not have. */
async function bundle(entry: string): Promise<string> {
  const output = { path: folder, filename: 'client.js', library: { name: 'orchestra', type: 'var' as const } };
  const compiler = webpack({ mode: 'production', target: 'web', entry, output, optimization: { minimize: false } });
  const errors = await new Promise<unknown[]>((resolve, reject) =>
    compiler.run((error, stats) => (error ? reject(error) : resolve(stats?.toJson({ errors: true }).errors ?? []))),
  );
  expect(errors).toEqual([]);
  return readFileSync(join(folder, 'client.js'), 'utf8');
}

test('agent-orchestra/http is bundled for browsers, and works with what they have', async () => {
  const code = await bundle(join(process.cwd(), 'dist/sdk/http.js'));
  expect(code).not.toMatch(/require\(["']|node:|zod/);
  const page = createContext({
    ...{ fetch, crypto, URLSearchParams, AbortController, TextDecoder, DOMException, setTimeout, clearTimeout },
    answers: {},
  });
  server.plan(
    cut,
    json({ id: 's1' }, 202),
    stream('id: 1\nevent: ready\ndata: {}\n\nid: 2\ndata: {"id":"2","type":"session-ended"}\n\n'),
    json({ id: 's1', endedAt: 'now', outputs: { letters: 3 } }),
  );
  const script = `
    (async () => {
      const client = orchestra.createClient({ apiUrl: '${server.url}', token: 't' });
      const session = await client.sessions.run({ tasks: {} });
      for await (const event of session.events()) answers.event = event.type;
      await client.close();
    })()`;
  await runInContext(`${code}\n${script}`, page);
  expect(page['answers']).toEqual({ event: 'session-ended' });
  const [lost, sent] = server.seen.map(({ headers }) => headers['idempotency-key']);
  expect([sent, server.seen.length]).toEqual([lost, 4]);
});
