// What a program can tell from an error.
import { ApiError, ConnectionError, createClient } from 'agent-orchestra';

const client = createClient({ apiUrl: process.env.API_URL ?? 'http://127.0.0.1:4700', token: process.env.API_TOKEN });
const wrong = { version: 1, name: 'wrong', tasks: { a: { agent: 'nobody', needs: ['b'] } } };

try {
  await client.sessions.run(wrong, { signal: AbortSignal.timeout(10_000) });
} catch (error) {
  if (error instanceof ApiError) {
    // The code is stable; `faults` point into the request. What is `retryable` has been tried five times by now.
    console.log(error.status, error.code, error.retryable);
    for (const { pointer, detail } of error.faults) console.log(`${pointer}: ${detail}`);
  } else if (error instanceof ConnectionError) {
    console.log(`no answer (${error.reason}): ${error.message}`);
  } else throw error;
}

const { status } = await client.sessions
  .handle('no-such-session')
  .get()
  .catch((error) => error);
console.log(status);
await client.close();
