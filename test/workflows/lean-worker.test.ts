import { randomUUID } from 'node:crypto';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import type { InjectedSinks } from '@temporalio/worker';
import { LeanWorker } from '../../src/workers/lean-worker';
import type { NoteSinks, noting, waiting } from '../helpers/workflows/noting';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';

let installation: TestInstallation;
let worker: LeanWorker;
let running: Promise<void>;
const noted: string[] = [];

const sinks: InjectedSinks<NoteSinks> = {
  notes: {
    take: {
      // What the SDK gives them is there again after the thread has sent it.
      fn: ({ workflowId, unsafe }, text) =>
        void noted.push(`${workflowId} ${text} ${typeof unsafe.now()} ${unsafe.random.uuid4().length}`),
    },
  },
};

beforeAll(async () => {
  installation = await openTestInstallation();
  worker = await LeanWorker.create({
    connection: installation.connection,
    namespace: installation.addresses.temporal.namespace,
    taskQueue: 'lean',
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: require.resolve('../helpers/workflows/noting'),
      logger: new DefaultLogger('WARN'),
    }),
    sinks,
  });
  running = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await installation.close();
});

it('hands on what workflows tell the outside, once and in order, whatever runs beside them', async () => {
  const ids = Array.from({ length: 20 }, () => randomUUID());
  const results = await Promise.all(
    ids.map((workflowId) =>
      installation.temporal.workflow.execute<typeof noting>('noting', { workflowId, taskQueue: 'lean' }),
    ),
  );
  expect(results).toEqual(ids);
  for (const id of ids) {
    const ofIt = noted.filter((line) => line.startsWith(id));
    expect(ofIt).toEqual(['first', 'second', 'third'].map((text) => `${id} ${text} number 36`));
  }
});

it('takes no stack traces of promises, and says so to who asks for them', async () => {
  const handle = await installation.temporal.workflow.start<typeof waiting>('waiting', {
    workflowId: randomUUID(),
    taskQueue: 'lean',
  });
  await expect(handle.query('__stack_trace')).rejects.toThrow('stack traces are not enabled');
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow('cancelled');
});
