import { decide, applyDecision } from '../../../src/domain/session/decide';
import { indexOutline } from '../../../src/domain/session/outline';
import { initialState } from '../../../src/domain/session/state';
import { startable } from '../../../src/domain/session/queue';
import { brokenInvariants } from '../../../src/domain/session/invariants';
test('chain runs', () => {
  const index = indexOutline({ concurrency: 2, agents: [{ name: 'a' }], policies: [{ retry: { attempts: 1, initialIntervalMs: 1, backoff: 2, maxIntervalMs: 5, jitter: 0 }, onFailure: 'fail', priority: 3 }],
    tasks: Array.from({ length: 5000 }, (_, i) => ({ name: 't' + i, needs: i ? [i - 1] : [], policy: 0, agents: [0] })) });
  let state = initialState(index, 's', 1000);
  const t0 = Date.now();
  let d = decide(index, state, { id: 's', type: 'session-started' }, 1000);
  for (let n = 0; n < 10000; n++) {
    state = d.state;
    if (n % 500 === 0) expect(brokenInvariants(index, state)).toEqual([]);
    if (state.ended) break;
    const w = startable(index, state)[0];
    if (w) d = applyDecision(index, state, ['start', w.task, w.item, w.attempt, w.agent, n], 1000 + n);
    else { const r = state.tasks.findIndex((t) => t.status === 'running'); d = decide(index, state, { id: 'x' + n, type: 'attempt-ended', run: 't' + r, attempt: 1, verdict: r === 3000 ? 'failed' : 'succeeded' }, 1000 + n); }
  }
  console.log(state.ended, Date.now() - t0, JSON.stringify(state).length);
});
