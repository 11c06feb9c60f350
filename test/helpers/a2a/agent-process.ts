/* Run as a process of its own: an agent of the A2A protocol on the SDK's server, which prints its address. What it does, its prompt says; liars have paths. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { AgentCard, SendMessageRequest, SendMessageResponse, Task } from '@a2a-js/sdk';
import { LegacyJsonRpcTransportHandler } from '@a2a-js/sdk/compat/v0_3/server';
import {
  DefaultRequestHandler,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  ServerCallContext,
} from '@a2a-js/sdk/server';
import { createFakeExecutor } from './fake-executor';
import { lies } from './lies';

type Body = Record<string, unknown>;

const calls: { path: string; headers: IncomingMessage['headers']; body: Body }[] = [];

const card = AgentCard.fromJSON({
  name: 'fake-agent',
  description: 'Does what its prompt says.',
  version: '1.2.0',
  capabilities: {},
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [{ id: 'code.review', name: 'Review', description: 'Reviews code.', tags: ['typescript', 'code review'] }],
});

const requests = new DefaultRequestHandler(card, new InMemoryTaskStore(), createFakeExecutor());
const modern = new JsonRpcTransportHandler(requests);
const legacy = new LegacyJsonRpcTransportHandler(requests);

/** The protocol's HTTP binding, which the SDK has for Express only. */
async function rest(method: string, path: string, body: Body, context: ServerCallContext): Promise<unknown> {
  const [, id = '', verb] = /^\/rest\/tasks\/([^:?]+)(:cancel)?/.exec(path) ?? [];
  if (verb !== undefined) return Task.toJSON(await requests.cancelTask({ tenant: '', id, metadata: {} }, context));
  if (method === 'GET') return Task.toJSON(await requests.getTask({ tenant: '', id }, context));
  const result = await requests.sendMessage(SendMessageRequest.fromJSON(body), context);
  const payload =
    'artifacts' in result ? { $case: 'task' as const, value: result } : { $case: 'message' as const, value: result };
  return SendMessageResponse.toJSON({ payload });
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url: path = '', method = '', headers } = request;
  const send = (value: unknown): void => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  };
  if (path === '/calls') return send(calls);
  if (path.endsWith('/.well-known/agent-card.json')) {
    const supportedInterfaces = [{ url: `${address()}/v1`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }];
    return send({ ...(AgentCard.toJSON(card) as object), supportedInterfaces });
  }
  const body = method === 'POST' && headers['content-length'] !== '0' ? ((await json(request)) as Body) : {};
  calls.push({ path, headers, body });
  const lie = lies[path];
  if (lie) return lie(body, response);
  const context = new ServerCallContext({ requestedVersion: path === '/v03' ? '0.3' : '1.0' });
  if (path.startsWith('/rest/')) return send(await rest(method, path, body, context));
  send(await (path === '/v03' ? legacy : modern).handle(body, context));
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
});
const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${address()}\n`));
// Whoever started it holds its stdin.
process.stdin.resume().on('end', () => process.exit());
