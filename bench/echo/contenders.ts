import { randomBytes } from 'node:crypto';
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
