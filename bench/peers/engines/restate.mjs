import './promise-with-resolvers.mjs';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttp2Server } from 'node:http2';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { RestatePromise, createEndpointHandler, service } from '@restatedev/restate-sdk';
import { connect } from '@restatedev/restate-sdk-clients';
import { numbers, verified } from './verified.mjs';
import { versionOf } from './version-of.mjs';

const echo = service({
  name: 'echo',
  handlers: {
    run: async (context, { kind, tasks, text }) => {
      const step = (input, nth) => context.run(`t${nth}`, () => input);
      if (kind === 'parallel') return (await RestatePromise.all(numbers(tasks).map((nth) => step(text, nth)))).at(-1);
      let current = text;
      for (const nth of numbers(tasks)) current = await step(current, nth);
      return current;
    },
  },
});

export async function open({ folder }) {
  const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()];
  const at = (port) => `127.0.0.1:${port}`;
  const server = spawn(executable(), ['--base-dir', join(folder, 'restate'), '--no-logo'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      RESTATE_LISTEN_MODE: 'tcp',
      RESTATE_BIND_ADDRESS: at(node),
      RESTATE_ADVERTISED_ADDRESS: `http://${at(node)}`,
      RESTATE_INGRESS__BIND_ADDRESS: at(ingress),
      RESTATE_INGRESS__ADVERTISED_ADDRESS: `http://${at(ingress)}`,
      RESTATE_ADMIN__BIND_ADDRESS: at(admin),
      RESTATE_ADMIN__ADVERTISED_ADDRESS: `http://${at(admin)}`,
      // It asks for its newest version, which needs no answer.
      RESTATE_LOG_FILTER: 'error,octocrab=off',
      DO_NOT_TRACK: '1',
    },
  });
  const endpoint = createHttp2Server(createEndpointHandler({ services: [echo], logger: () => undefined }));
  endpoint.listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  await registered(`http://${at(admin)}/deployments`, `http://${at(endpoint.address().port)}`, server);
  const client = connect({ url: `http://${at(ingress)}` }).serviceClient(echo);
  return {
    name: 'Restate',
    version: `server ${versionOf('@restatedev/restate-server')}, SDK ${versionOf('@restatedev/restate-sdk')}`,
    durability: 'its own log (RocksDB, fsync of each write)',
    contender: ({ kind, tasks }) => verified('Restate', (text) => client.run({ kind, tasks, text })),
    close: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
      endpoint.close();
    },
  };
}

/** The server takes a moment to listen. */
async function registered(admin, uri, server) {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`the Restate server ended with ${server.exitCode}`);
    try {
      const answer = await fetch(admin, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        body: JSON.stringify({ uri }),
      });
      if (answer.ok) return;
      if (answer.status < 500) throw new Error(`Restate refuses the service: ${await answer.text()}`);
    } catch (error) {
      if (error.cause?.code !== 'ECONNREFUSED') throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function executable() {
  const require = createRequire(import.meta.url);
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  return join(require.resolve(`${name}/package.json`), '..', 'bin', 'restate-server');
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
