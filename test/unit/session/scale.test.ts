import { decide } from '../../../src/domain/session/decide';
import type { Outline, OutlineTask } from '../../../src/domain/session/outline';
import { indexOutline } from '../../../src/domain/session/outline';
import { initialState } from '../../../src/domain/session/state';
import { playThrough } from '../../helpers/engine/play-through';

const onePolicy = {
  retry: { attempts: 1, initialIntervalMs: 0, backoff: 1, maxIntervalMs: 0, jitter: 0 },
  onFailure: 'fail',
  priority: 3,
} as const;

function outlineOf(tasks: number, shape: (at: number) => Partial<OutlineTask>, concurrency = 100): Outline {
  const all = Array.from({ length: tasks }, (_, at) => ({
    name: `t${at}`,
    needs: [],
    policy: 0,
    agents: [0],
    ...shape(at),
  }));
  return { concurrency, agents: [{ name: 'worker' }], policies: [onePolicy], tasks: all };
}

const chain = (length: number): Outline => outlineOf(length, (at) => ({ needs: at === 0 ? [] : [at - 1] }));
const star = (width: number): Outline => outlineOf(width, (at) => ({ needs: at === 0 ? [] : [0] }));
const funnel = (width: number): Outline =>
  outlineOf(width, (at) => ({ needs: at < width - 1 ? [] : Array.from({ length: width - 1 }, (_, need) => need) }));

describe.each([
  ['a chain', chain],
  ['a task that all others need', star],
  ['a task that needs all others', funnel],
])('%s', (_, shape) => {
  test('finishes with work that grows with the number of its tasks, not faster', () => {
    const [small, large] = [playThrough(shape(200)), playThrough(shape(2_000))];
    expect(large.state.ended?.status).toBe('succeeded');
    for (const count of ['steps', 'facts', 'touched'] as const) {
      expect(large[count]).toBeLessThan(10.1 * small[count]);
    }
  });

  test('of 10,000 tasks ends in one step when it is cancelled before it starts', () => {
    const index = indexOutline(shape(10_000));
    const { state } = decide(index, initialState(index, 'session', 0), { id: '1', type: 'cancel-requested' }, 0);
    expect(state.ended?.status).toBe('cancelled');
  });
});

test('a chain of 5,000 tasks finishes', () => {
  expect(playThrough(chain(5_000)).state.ended?.status).toBe('succeeded');
});

test('a chain of 10,000 tasks is skipped in one step when its first task fails', () => {
  const { state, steps } = playThrough(chain(10_000), { verdict: () => 'failed' });
  expect(state.tasks.filter(({ status }) => status === 'skipped')).toHaveLength(9_999);
  expect(steps).toBe(3);
});

test('the skip of a chain of 10,000 tasks travels without exhausting the stack', () => {
  const { policies, ...outline } = chain(10_000);
  const lenient = policies.map((policy) => ({ ...policy, onFailure: 'skip-dependents' as const }));
  const { state } = playThrough({ ...outline, policies: lenient }, { verdict: () => 'failed' });
  expect(state.tasks.at(-1)).toMatchObject({ status: 'skipped', reason: 'need' });
});

test('a fan-out of 9,999 items finishes, with work that grows with the number of items', () => {
  const fanOut = outlineOf(1, () => ({ forEach: true }), 500);
  const play = (items: number) => playThrough(fanOut, { evaluate: (task) => ['expand', task, items] });
  const [small, large] = [play(999), play(9_999)];
  expect(large.state.ended?.status).toBe('succeeded');
  for (const count of ['steps', 'facts', 'touched'] as const) expect(large[count]).toBeLessThan(10.1 * small[count]);
});
