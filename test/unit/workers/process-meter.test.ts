import { memoryLimitOf, startProcessMeter } from '../../../src/workers/process-meter';

test.each([
  ['of its container, where that is limited', 2_000, 2_000],
  ['of the machine, where nothing is limited', 2 ** 64, 8_000],
  ['of the machine, where nobody knows of a container', 0, 8_000],
])('a process has the memory %s', (_, constrainedBytes, limitBytes) => {
  expect(memoryLimitOf(8_000, constrainedBytes)).toBe(limitBytes);
});

test('a process says how much it uses, of how much', () => {
  const meter = startProcessMeter();
  const { residentBytes, memoryLimitBytes, heapUsedBytes, heapLimitBytes } = meter.read();
  meter.stop();
  expect(residentBytes).toBeLessThan(memoryLimitBytes ?? 0);
  expect(heapUsedBytes).toBeLessThan(heapLimitBytes);
});
