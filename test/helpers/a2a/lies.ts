import type { ServerResponse } from 'node:http';

interface Call {
  id?: unknown;
  method?: string;
}

const working = { id: 't1', contextId: 'c1', status: { state: 'TASK_STATE_WORKING' } };
const completed = (parts: unknown) => ({
  ...working,
  status: { state: 'TASK_STATE_COMPLETED' },
  artifacts: [{ artifactId: 'a', parts }],
});

/** Answers with a result of JSON-RPC; a task where it is asked to begin one. */
const results =
  (of: (call: Call) => unknown) =>
  (call: Call, response: ServerResponse): void => {
    const result = of(call);
    response.end(
      JSON.stringify({
        jsonrpc: '2.0',
        id: call.id,
        result: call.method === 'SendMessage' ? { task: result } : result,
      }),
    );
  };

let outages = 3;

/** Answers of agents that keep to nothing, by the paths at which they are. */
export const lies: Record<string, (call: Call, response: ServerResponse) => void> = {
  '/lies/500': (_, response) => response.writeHead(500).end('out of order'),
  '/lies/429': (_, response) => response.writeHead(429, { 'retry-after': '7' }).end(),
  '/lies/401': (_, response) => response.writeHead(401).end(),
  '/lies/redirect': (_, response) => response.writeHead(307, { location: '/v1' }).end(),
  '/lies/html': (_, response) => response.end('<html>Sign in</html>'),
  '/lies/json': (_, response) => response.end('{"status":"ok"}'),
  '/lies/nothing': results(() => ({})),
  '/lies/state': results(() => ({ ...working, status: { state: 'DONE' } })),
  '/lies/another-task': results(({ method }) => (method === 'SendMessage' ? working : { ...working, id: 't2' })),
  '/lies/unknown-part': results(() => completed([{ text: 'half' }, { hologram: 1 }])),
  '/lies/large': results(() => completed([{ text: 'x'.repeat(10_000) }])),
  '/lies/refuses': ({ id }, response) =>
    response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_601, message: 'no such method' } })),
  '/lies/breaks': ({ id }, response) =>
    response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_603, message: 'it broke' } })),
  '/lies/silent': () => undefined,
  '/lies/forgets': ({ id, method }, response) =>
    method === 'SendMessage'
      ? results(() => working)({ id, method }, response)
      : response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_001, message: 'Task not found' } })),
  /** Is away for some answers while it is at work. */
  '/lies/away': (call, response) =>
    call.method === 'GetTask' && outages-- > 0
      ? response.writeHead(503).end()
      : results(({ method }) => (method === 'SendMessage' ? working : completed([{ text: 'back' }])))(call, response),
  /** Is gone as soon as it has begun. */
  '/lies/gone': (call, response) =>
    call.method === 'SendMessage' ? results(() => working)(call, response) : response.destroy(),
};
