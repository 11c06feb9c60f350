import { batched } from '../../../src/stores/batch';

/** Work that is done when it is told to, and remembers its groups. */
function controlledWork() {
  const groups: number[][] = [];
  const releases: (() => void)[] = [];
  const work = async (calls: number[]): Promise<string[]> => {
    groups.push(calls);
    await new Promise<void>((resolve) => releases.push(resolve));
    return calls.map((call) => `answer ${call}`);
  };
  return { work, groups, release: () => releases.shift()?.() };
}

const refused = (code: string): Error => Object.assign(new Error(`refused with ${code}`), { code });
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('does a lone call at once, and groups those that come while it is under way', async () => {
  const { work, groups, release } = controlledWork();
  const call = batched(work);
  const first = call(1);
  await settle();
  const others = [call(2), call(3)];
  await settle();
  expect(groups).toEqual([[1]]);
  release();
  expect(await first).toBe('answer 1');
  await settle();
  release();
  expect(await Promise.all(others)).toEqual(['answer 2', 'answer 3']);
  expect(groups).toEqual([[1], [2, 3]]);
});

it('groups calls of the same moment, at most so many, each with its own answer', async () => {
  const groups: number[][] = [];
  const call = batched(
    async (calls: number[]) => {
      groups.push(calls);
      return calls.map((value) => value * 2);
    },
    { maxCalls: 2 },
  );
  expect(await Promise.all([1, 2, 3, 4, 5].map(call))).toEqual([2, 4, 6, 8, 10]);
  expect(groups).toEqual([[1, 2], [3, 4], [5]]);
});

it('keeps a group within its bytes, but takes a call that is larger by itself', async () => {
  const groups: number[][] = [];
  const work = async (calls: number[]): Promise<number[]> => {
    groups.push(calls);
    return calls;
  };
  const call = batched(work, { bytesOf: (bytes) => bytes, maxBytes: 10 });
  expect(await Promise.all([4, 6, 1, 50, 10, 2].map(call))).toEqual([4, 6, 1, 50, 10, 2]);
  expect(groups).toEqual([[4, 6], [1], [50], [10], [2]]);
});

it('lets a call fail alone whose value the database refuses', async () => {
  const call = batched(async (calls: number[]) => {
    if (calls.includes(2)) throw refused('22P02');
    return calls;
  });
  const settled = await Promise.allSettled([1, 2, 3].map(call));
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

it('fails the whole group at once where the database is away, and goes on with the next', async () => {
  let isAway = true;
  let works = 0;
  const call = batched(async (calls: number[]) => {
    works += 1;
    if (isAway) throw refused('ECONNREFUSED');
    return calls;
  });
  const settled = await Promise.allSettled([1, 2, 3].map(call));
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(works).toBe(1);
  isAway = false;
  expect(await call(4)).toBe(4);
});

describe('where calls wait for company', () => {
  /** Groups as they were made, of work that is done at once; who waits does so until it is told to go on. */
  function gathering() {
    const groups: number[][] = [];
    const waits: { ms: number; end: () => void }[] = [];
    const work = async (calls: number[]): Promise<number[]> => {
      groups.push(calls);
      return calls;
    };
    const wait = (ms: number): Promise<void> => new Promise((end) => void waits.push({ ms, end }));
    return { call: batched(work, { gatherMs: 20, wait }), groups, waits };
  }

  it('waits for others after a group of several, and does them together', async () => {
    const { call, groups, waits } = gathering();
    await Promise.all([call(1), call(2)]);
    const third = call(3);
    await settle();
    const fourth = call(4);
    await settle();
    expect(groups).toEqual([[1, 2]]);
    expect(waits.map(({ ms }) => ms)).toEqual([20]);
    waits[0]?.end();
    expect(await Promise.all([third, fourth])).toEqual([3, 4]);
    expect(groups).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('lets calls that come one after the other wait for nobody', async () => {
    const { call, groups, waits } = gathering();
    for (const value of [1, 2, 3]) expect(await call(value)).toBe(value);
    await Promise.all([call(4), call(5)]);
    const alone = call(6);
    await settle();
    waits[0]?.end();
    expect(await alone).toBe(6);
    expect(await call(7)).toBe(7);
    expect(waits).toHaveLength(1);
    expect(groups).toEqual([[1], [2], [3], [4, 5], [6], [7]]);
  });
});
