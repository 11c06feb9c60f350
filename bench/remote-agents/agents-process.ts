import { setTimeout as delay } from 'node:timers/promises';
import { serveAgent } from '../../src/sdk/serve-agent';
import type { ServedAgent } from '../../src/sdk/serve-agent';

/** What the process is told first; any message after it means that all work may end. */
export interface AgentsToServe {
  url: string;
  agents: { name: string; token: string }[];
}

let release: () => void = () => undefined;
const released = new Promise<void>((resolve) => (release = resolve));
const served: ServedAgent[] = [];

/** Agents of which each holds on to its work until all of them have some. */
async function serve({ url, agents }: AgentsToServe): Promise<void> {
  for (const [at, { name, token }] of agents.entries()) {
    const run = async (): Promise<object> => {
      await released;
      return { by: name };
    };
    served.push(serveAgent({ url, token, agent: name, run }));
    // The server accepts only so many connections at once.
    if (at % 50 === 49) await delay(50);
  }
}

process.once('message', (told: AgentsToServe) => {
  void serve(told);
  process.once('message', () => release());
});
process.once('disconnect', () => process.exit());
