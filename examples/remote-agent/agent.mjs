// An agent that comes for its work: it needs the address of the API and its token, and no open port.
import { serveAgent } from 'agent-orchestra';

const agent = serveAgent({
  url: process.env.API_URL ?? 'http://127.0.0.1:4700',
  token: process.env.AGENT_TOKEN,
  agent: 'greeter',
  concurrency: 4,
  run: ({ prompt, input }, { progress }) => {
    progress({ percent: 50, message: `greeting ${input.name}` });
    return { greeting: `${prompt} ${input.name}!` };
  },
});

// Finishes what it does; what takes longer than 10 s is handed back.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => agent.stop());
// The API refuses it, for instance because its token was revoked: what it says tells what to do.
await agent.ended.catch(({ message }) => {
  console.error(message);
  process.exitCode = 1;
});
