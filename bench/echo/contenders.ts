import { randomBytes } from 'node:crypto';
import { Pool } from 'pg';
import type { SessionHandle } from '../../src/client/session-handle';
import type { SessionResult } from '../../src/contracts/protocol/session';
import type { Installation } from '../../src/main/installation';
import { loadPlan } from '../load-plan';
import { rawTaskQueue } from '../raw/start-raw-worker';
import type { RawWork, rawEcho } from '../raw/workflows';
import type { Contender } from './contender';
import { echoPlan } from './echo-plan';
import type { EchoWork } from './scenarios';

/** This project: a plan of simulated agents without latency, started through the client as the command line does. */
export async function projectContender({ client, temporal }: Installation, work: EchoWork): Promise<Contender> {
  const options = await loadPlan(echoPlan(work));
  const ran: { text: string; handle: SessionHandle }[] = [];
  return {
    name: 'project',
    runOne: async (text) => {
      const handle = await client.start({ ...options, inputs: { text } });
      const { status } = (await temporal.workflow.getHandle(handle.workflowId).result()) as SessionResult;
      if (status !== 'succeeded') throw new Error(`session ${handle.id} ended as ${status}`);
      ran.push({ text, handle });
    },
    verify: async () => {
      for (const { text, handle } of ran.splice(0)) {
        const { outputs } = await handle.overview();
        if (outputs?.['text'] !== text) throw new Error(`session ${handle.id} handed over ${JSON.stringify(outputs)}`);
      }
    },
  };
}

/** Raw Temporal: a workflow of plain activities, or of local ones. */
export function rawContender({ temporal }: Installation, { kind, tasks, local }: RawWork): Contender {
  const ran: { text: string; result: string }[] = [];
  return {
    name: local ? 'raw Temporal, local activities' : 'raw Temporal',
    runOne: async (text) => {
      const handle = await temporal.workflow.start<typeof rawEcho>('rawEcho', {
        workflowId: `raw/echo-${kind}-${tasks}-${randomBytes(6).toString('hex')}`,
        taskQueue: rawTaskQueue,
        args: [{ kind, tasks, local }, text],
      });
      ran.push({ text, result: await handle.result() });
    },
    verify: async () => {
      for (const { text, result } of ran.splice(0)) {
        if (result !== text) throw new Error(`a raw workflow handed over ${JSON.stringify(result)}`);
      }
      await Promise.resolve();
    },
  };
}

/**
 * The least that such a session could take: a workflow that does nothing, and then commits of one row, one after the other. One for the session with its
 * first turn, and one a step: in a chain each result is on disk before the next step begins; in a fan-out all end together.
 */
export async function leastContender(installation: Installation, { kind, tasks }: EchoWork): Promise<Contender> {
  const empty = rawContender(installation, { kind, tasks: 0 });
  const commits = 1 + (kind === 'chain' ? tasks : 1);
  const pool = new Pool({ connectionString: installation.addresses.databaseUrl, max: mostConnections });
  await pool.query('CREATE TABLE IF NOT EXISTS bench_commits (at timestamptz NOT NULL)');
  return {
    name: 'an empty workflow and its commits',
    runOne: async (text) => {
      await empty.runOne(text);
      for (let commit = 0; commit < commits; commit++) {
        await pool.query({ name: 'bench-commit', text: 'INSERT INTO bench_commits VALUES (now())' });
      }
    },
    verify: () => empty.verify(),
    close: () => pool.end(),
  };
}

/** As many as turns have. */
const mostConnections = 15;
