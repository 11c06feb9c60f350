import fc from 'fast-check';
import { createSimulatedConnector } from '../../../src/connectors/simulated';
import type { SimulatedAgent } from '../../../src/domain/plan/plan';
import { attemptOf, recordedContext, simulatedAgent } from './attempt';

/** Runs one attempt without waiting; says how long it would have taken. */
async function rehearse(agent: SimulatedAgent, attempt = 1, session = 'fix-42') {
  const slept: number[] = [];
  const connector = createSimulatedConnector({ sleep: (durationMs) => Promise.resolve(void slept.push(durationMs)) });
  const context = recordedContext();
  const report = await connector.run(attemptOf(agent, { attempt, session }), context);
  return { report, updates: context.updates, latencyMs: slept.reduce((sum, part) => sum + part, 0) };
}

async function says(agent: SimulatedAgent, attempt: number, session?: string) {
  const { report } = await rehearse(agent, attempt, session);
  return report.evidence[0]?.says;
}

const sortedLatencies = async (agent: SimulatedAgent, count: number): Promise<number[]> => {
  const runs = await Promise.all(Array.from({ length: count }, (_, index) => rehearse(agent, index + 1)));
  return runs.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
};

test('a success hands over the output and the usage of its specification', async () => {
  const agent = simulatedAgent({ output: { ok: true }, usage: { tokens: 120, costUsd: 0.02 } });
  expect((await rehearse(agent)).report).toEqual({
    output: { ok: true },
    evidence: [{ kind: 'script', says: 'succeeded', detail: 'simulated succeeded' }],
    usage: { tokens: 120, costUsd: 0.02 },
  });
});

test('usage that is not specified is unknown', async () => {
  expect((await rehearse(simulatedAgent())).report).toEqual({ output: null, evidence: [expect.anything()] });
});

test('a script gives each attempt its verdict, and the last one repeats', async () => {
  const agent = simulatedAgent({
    script: ['failed', 'rate_limited', 'timed_out', 'succeeded'],
    output: 1,
    successRate: 0,
  });
  const verdicts = await Promise.all([1, 2, 3, 4, 5, 6].map((attempt) => says(agent, attempt)));
  expect(verdicts).toEqual(['failed', 'rate_limited', 'timed_out', 'succeeded', 'succeeded', 'succeeded']);
});

test('an attempt that does not succeed has no output, and says why', async () => {
  const { report } = await rehearse(simulatedAgent({ script: ['failed'], output: { ok: true }, usage: { tokens: 5 } }));
  expect(report).toMatchObject({ output: null, usage: { tokens: 5 }, error: expect.stringContaining("'researcher'") });
});

test('an attempt that is rate limited consumes nothing', async () => {
  const { report } = await rehearse(simulatedAgent({ script: ['rate_limited'], usage: { tokens: 5, costUsd: 1 } }));
  expect(report.usage).toEqual({ tokens: 0, costUsd: 0 });
});

test('the same attempt has the same luck, another attempt or session its own', async () => {
  const agent = simulatedAgent({ successRate: 0.5, latency: { kind: 'uniform', minMs: 0, maxMs: 1_000 } });
  expect(await rehearse(agent, 3)).toEqual(await rehearse(agent, 3));
  const attempts = await sortedLatencies(agent, 20);
  expect(new Set(attempts).size).toBe(20);
  expect((await rehearse(agent, 3, 'another')).latencyMs).not.toBe((await rehearse(agent, 3)).latencyMs);
});

test('another latency changes nobody’s success', async () => {
  const fast = simulatedAgent({ successRate: 0.5 });
  const slow = simulatedAgent({ successRate: 0.5, latency: { kind: 'log-normal', medianMs: 500, p90Ms: 900 } });
  const attempts = Array.from({ length: 50 }, (_, index) => index + 1);
  expect(await Promise.all(attempts.map((attempt) => says(fast, attempt)))).toEqual(
    await Promise.all(attempts.map((attempt) => says(slow, attempt))),
  );
});

test('so many attempts succeed as the rate says', async () => {
  const agent = simulatedAgent({ successRate: 0.7 });
  const verdicts = await Promise.all(Array.from({ length: 2_000 }, (_, index) => says(agent, index + 1)));
  const share = verdicts.filter((verdict) => verdict === 'succeeded').length / verdicts.length;
  expect(Math.abs(share - 0.7)).toBeLessThan(0.05);
});

test('a rate of 0 never succeeds, and a rate of 1 always', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.integer({ min: 1, max: 99 }), async (session, attempt) => {
      expect(await says(simulatedAgent({ successRate: 0 }), attempt, session)).toBe('failed');
      expect(await says(simulatedAgent({ successRate: 1 }), attempt, session)).toBe('succeeded');
    }),
  );
});

describe('latency', () => {
  test('is fixed', async () => {
    expect(await sortedLatencies(simulatedAgent({ latency: { kind: 'fixed', ms: 200 } }), 3)).toEqual([200, 200, 200]);
  });

  test('is uniform between its bounds', async () => {
    const latencies = await sortedLatencies(
      simulatedAgent({ latency: { kind: 'uniform', minMs: 100, maxMs: 300 } }),
      1_000,
    );
    expect(latencies[0]).toBeGreaterThanOrEqual(100);
    expect(latencies[0]).toBeLessThan(110);
    expect(latencies.at(-1)).toBeLessThan(300);
    expect(latencies.at(-1)).toBeGreaterThan(290);
    expect(Math.abs((latencies[500] ?? NaN) - 200)).toBeLessThan(20);
  });

  test('is log-normal with its median and its 90th percentile', async () => {
    const agent = simulatedAgent({ latency: { kind: 'log-normal', medianMs: 1_000, p90Ms: 3_000 } });
    const latencies = await sortedLatencies(agent, 4_000);
    expect(latencies[2_000]).toBeGreaterThan(900);
    expect(latencies[2_000]).toBeLessThan(1_100);
    expect(latencies[3_600]).toBeGreaterThan(2_700);
    expect(latencies[3_600]).toBeLessThan(3_300);
  });
});

test('a long attempt reports its progress in quarters, a short one that it has begun', async () => {
  const long = await rehearse(simulatedAgent({ latency: { kind: 'fixed', ms: 400 } }));
  expect(long.updates.map(({ percent }) => percent)).toEqual([0, 25, 50, 75]);
  expect((await rehearse(simulatedAgent())).updates.map(({ percent }) => percent)).toEqual([0]);
});

test('an abort ends an attempt of a month at once', async () => {
  const context = recordedContext();
  const agent = simulatedAgent({ latency: { kind: 'fixed', ms: 30 * 86_400_000 } });
  const running = createSimulatedConnector().run(attemptOf(agent), context);
  await context.message('simulated work');
  context.abort();
  expect(await running).toMatchObject({ output: null, evidence: [{ kind: 'aborted', says: 'failed' }] });
});

test('an attempt that is aborted before it starts does nothing', async () => {
  const context = recordedContext();
  context.abort();
  expect((await createSimulatedConnector().run(attemptOf(simulatedAgent()), context)).evidence[0]?.kind).toBe(
    'aborted',
  );
  expect(context.updates).toEqual([]);
});
