// Runs a plan that asks somebody, and answers.
import { setTimeout } from 'node:timers/promises';
import { createClient } from 'agent-orchestra';

const client = createClient({ apiUrl: process.env.API_URL ?? 'http://127.0.0.1:4700', token: process.env.API_TOKEN });
const session = await client.sessions.run({
  version: 1,
  name: 'asking',
  budget: { attempts: 1 },
  agents: { ada: { connector: 'simulated' } },
  tasks: { first: { agent: 'ada' }, second: { agent: 'ada', needs: ['first'], onBudget: 'ask' } },
});

let questions = [];
while (questions.length === 0) {
  await setTimeout(200);
  questions = await session.approvals();
}
for (const { id, question, questionHash } of questions) {
  console.log(`May ${question.run} go over the budget? yes`);
  // With the hash, nothing else is answered than what was read.
  await client.approvals.decide(id, 'approved', { questionHash });
}
console.log((await session.result()).status);
await client.close();
