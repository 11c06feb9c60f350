// Registers an agent, and does its work. With API_TOKEN it is registered; with AGENT_TOKEN (`orchestra agents tokens create word-counter`) it works.
import { createClient, defineAgent, serveAgent } from 'agent-orchestra';

const { API_URL = 'http://127.0.0.1:4700', API_TOKEN, AGENT_TOKEN } = process.env;

const counter = defineAgent({
  name: 'word-counter',
  capabilities: ['text.count'],
  maxConcurrent: 4,
  run: ({ text }, { progress }) => {
    progress({ percent: 50, message: 'counting' });
    return { words: text.split(/\s+/).filter(Boolean).length };
  },
});

if (API_TOKEN) {
  const client = createClient({ apiUrl: API_URL, token: API_TOKEN });
  const { name, status } = await client.agents.register(counter);
  console.log(`${name} is registered and ${status}`);
  await client.close();
}

if (AGENT_TOKEN) {
  const served = serveAgent(counter, { url: API_URL, token: AGENT_TOKEN });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => served.stop());
  await served.ended;
}
