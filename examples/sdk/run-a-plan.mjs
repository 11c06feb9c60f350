// Runs a plan, tells how far it is, and what it came to.
import { createClient } from 'agent-orchestra';

// Over HTTP; or, from a program beside the servers, with no API in between.
const { API_URL = 'http://127.0.0.1:4700', API_TOKEN, TEMPORAL, DATABASE, TASK_QUEUE } = process.env;
const client = createClient(
  DATABASE ? { temporal: TEMPORAL, database: DATABASE, taskQueue: TASK_QUEUE } : { apiUrl: API_URL, token: API_TOKEN },
);

const plan = {
  version: 1,
  name: 'two-steps',
  inputs: { name: { type: 'string' } },
  agents: { ada: { connector: 'simulated', latency: '300ms', output: { letters: 3 } } },
  tasks: { count: { agent: 'ada', input: '${{ inputs.name }}' }, check: { agent: 'ada', needs: ['count'] } },
  outputs: { letters: '${{ tasks.count.output.letters }}' },
};
const session = await client.sessions.run(plan, {
  inputs: { name: 'Ada' },
  onProgress: ({ status, percent }) => console.log(`${status}: ${percent} %`),
});

// From the beginning to the end, each event once, also where the connection breaks in between.
for await (const { type, task } of session.events({ types: ['task-*'] })) console.log(`${type} ${task}`);

const { status, outputs, error } = await session.result();
console.log(`${status}: ${error ?? JSON.stringify(outputs)}`);
// Where a task has failed, it knows why.
for (const task of await session.tasks()) if (task.error !== null) console.log(`${task.run}: ${task.error}`);
await client.close();
