import type { Worker } from '@temporalio/worker';
import { superviseWorker } from '../../../src/workers/supervise';
import { until } from '../../helpers/until';

/** A worker that runs until it is shut down, or until it fails. */
function fakeWorker() {
  let end: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  let shutdowns = 0;
  const ended = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const worker = {
    run: () => ended,
    shutdown: () => {
      shutdowns += 1;
      end();
    },
  };
  return { worker: worker as unknown as Worker, fail: (error: Error) => fail(error), shutdowns: () => shutdowns };
}

it('is ready once the worker runs, and shuts it down when it is stopped', async () => {
  const fake = fakeWorker();
  const supervised = superviseWorker(async () => fake.worker, fail);
  await supervised.ready;
  await supervised.stop();
  expect(fake.shutdowns()).toBe(1);
});

it('tries again when the server is down at the start, and when the worker ends by itself', async () => {
  const first = fakeWorker();
  const second = fakeWorker();
  const errors: unknown[] = [];
  const creations = [() => Promise.reject(new Error('no server')), async () => first.worker, async () => second.worker];
  let created = 0;
  const supervised = superviseWorker(
    () => {
      const create = creations[created++];
      if (!create) throw new Error('one worker too many');
      return create();
    },
    (error) => void errors.push((error as Error).message),
  );
  await supervised.ready;
  expect(errors).toEqual(['no server']);
  first.fail(new Error('connection lost'));
  await until('another worker is made', () => created === 3);
  await supervised.stop();
  expect(second.shutdowns()).toBe(1);
  expect(errors).toEqual(['no server', 'connection lost']);
});

it('can be stopped while it waits to try again', async () => {
  let tried = 0;
  const supervised = superviseWorker(
    () => {
      tried += 1;
      return Promise.reject(new Error('no server'));
    },
    () => undefined,
  );
  await until('it has tried', () => tried > 0);
  await supervised.stop();
  await supervised.ready;
});

it('shuts down a worker that comes up after it was stopped', async () => {
  const fake = fakeWorker();
  let comeUp: (worker: Worker) => void = () => undefined;
  const supervised = superviseWorker(() => new Promise((resolve) => (comeUp = resolve)), fail);
  const stopped = supervised.stop();
  comeUp(fake.worker);
  await stopped;
  expect(fake.shutdowns()).toBe(1);
});

function fail(error: unknown): void {
  throw error;
}
