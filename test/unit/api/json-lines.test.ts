import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { jsonLines } from '../../../src/api/json-lines';

const large = 'x'.repeat(10_000);

test('lines are made as fast as they are read', async () => {
  let written = 0;
  const body = jsonLines(async (write) => {
    for (; written < 100; written++) await write({ written, large });
  });
  await once(body, 'readable');
  expect(written).toBeLessThan(50);
  let text = '';
  for await (const chunk of body) text += String(chunk);
  expect(text.trimEnd().split('\n')).toHaveLength(100);
  expect(JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')).toEqual({ written: 99, large });
});

test('what fails breaks off, and does not end', async () => {
  const failure = new Error('the database is gone');
  const body = jsonLines(async (write) => {
    await write({ first: true });
    throw failure;
  });
  await expect(finished(body.resume())).rejects.toBe(failure);
});

test.each([
  ['leaves', 60_000, (body: ReturnType<typeof jsonLines>) => body.destroy()],
  ['reads nothing', 10, () => undefined],
])('who %s is not waited for', async (_, stallMs, act) => {
  let stopped: (error: unknown) => void = () => undefined;
  const stop = new Promise<unknown>((resolve) => (stopped = resolve));
  const body = jsonLines(async (write) => {
    try {
      for (;;) await write(large);
    } catch (error) {
      stopped(error);
      throw error;
    }
  }, stallMs);
  body.on('error', () => undefined);
  await once(body, 'readable');
  act(body);
  expect(await stop).toMatchObject({ message: 'Nobody reads the lines any more.' });
  expect(body.destroyed).toBe(true);
});
