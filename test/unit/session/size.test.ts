import type { Outline } from '../../../src/domain/session/outline';
import { indexOutline, maxRunsPerSession } from '../../../src/domain/session/outline';
import { countRuns } from '../../../src/domain/session/fan-out';
import { playThrough } from '../../helpers/engine/play-through';

/** Payload limits of the server: 2 MB end a session that continues as new. */
const bytesPerRun = 150;

/** 5,000 tasks, one of them a fan-out of 5,000 items; with retries, fallbacks and a day of time stamps. */
const outline: Outline = {
  concurrency: 500,
  agents: Array.from({ length: 100 }, (_, at) => ({ name: `an-agent-with-a-name-that-is-rather-long-${at}` })),
  policies: [
    {
      retry: { attempts: 3, initialIntervalMs: 600_000, backoff: 2, maxIntervalMs: 3_600_000, jitter: 0.2 },
      onFailure: 'continue',
      priority: 3,
      taskTimeoutMs: 86_400_000,
    },
  ],
  tasks: Array.from({ length: 5_000 }, (_, at) => ({
    name: `a_task_with_a_name_of_sixty_three_characters_for_good_measure_${at}`,
    needs: [],
    policy: 0,
    agents: [at % 100],
    fallback: 99,
    ...(at === 0 && { forEach: true as const }),
  })),
};

test(`a session of ${maxRunsPerSession} runs costs at most ${bytesPerRun} bytes a run, at any moment`, () => {
  let largest = 0;
  const { state } = playThrough(outline, {
    evaluate: (task) => ['expand', task, maxRunsPerSession - 5_000],
    verdict: (run, attempt) =>
      (run.length * 31 + Number(/\d+/.exec(run)?.[0])) % 10 < 3 && attempt < 5 ? 'rate_limited' : 'succeeded',
    attemptMs: 5_000,
    look: (seen, steps) => {
      if (steps % 500 === 0) largest = Math.max(largest, JSON.stringify(seen).length);
    },
  });
  expect(countRuns(indexOutline(outline), state)).toBe(maxRunsPerSession);
  expect(Math.max(largest, JSON.stringify(state).length) / maxRunsPerSession).toBeLessThanOrEqual(bytesPerRun);
});

test('a state holds no names of tasks or agents', () => {
  const small: Outline = { ...outline, tasks: outline.tasks.slice(1, 4) };
  playThrough(small, { look: (state) => expect(JSON.stringify(state)).not.toMatch(/a_task|an-agent/) });
});
