import { priorityAgeMs } from '../../../src/domain/line-position';
import { grantPlaces } from '../../../src/domain/routing/fair-order';
import type { Share } from '../../../src/domain/routing/fair-order';
import type { Waiter } from '../../../src/domain/routing/line-order';
import { createRandom } from '../../../src/domain/random';

interface Finished {
  waiter: Waiter;
  startedAt: number;
  endedAt: number;
}

/** One agent; whenever a place is free it goes to who is first then. `arrivals` may go on for ever: it ends at `untilMs`. */
function simulate(
  capacity: number,
  arrivals: Iterable<Waiter>,
  serviceMs: () => number,
  untilMs = Infinity,
): Finished[] {
  const waiting = new Set<Waiter>();
  const shares = new Map<string, Share>();
  const running: Finished[] = [];
  const finished: Finished[] = [];
  const source = arrivals[Symbol.iterator]();
  let arriving = source.next();
  let nowMs = 0;
  while (nowMs <= untilMs) {
    for (; !arriving.done && arriving.value.waitingSinceMs <= nowMs; arriving = source.next()) {
      waiting.add(arriving.value);
    }
    const freePlaces = new Map([['agent', capacity - running.length]]);
    const line = { waiters: [...waiting], shares, freePlaces, agentsFor: () => ['agent'], nowMs };
    for (const { waiter } of grantPlaces(line)) {
      waiting.delete(waiter);
      const share = shares.get(waiter.workspace) ?? { weight: 1, running: 0, lastGrantedAt: 0 };
      shares.set(waiter.workspace, { ...share, running: share.running + 1, lastGrantedAt: nowMs });
      running.push({ waiter, startedAt: nowMs, endedAt: nowMs + serviceMs() });
    }
    running.sort((left, right) => left.endedAt - right.endedAt);
    const nextArrival = arriving.done ? Infinity : arriving.value.waitingSinceMs;
    nowMs = Math.min(running[0]?.endedAt ?? Infinity, nextArrival);
    if (nowMs === Infinity) break;
    while (running[0] && running[0].endedAt <= nowMs) {
      const [ended] = running.splice(0, 1) as [Finished];
      finished.push(ended);
      const share = shares.get(ended.waiter.workspace) as Share;
      shares.set(ended.waiter.workspace, { ...share, running: share.running - 1 });
    }
  }
  return finished;
}

function waiter(workspace: string, run: number, given: Partial<Waiter> = {}): Waiter {
  const rest = { session: 's', priority: 3, waitingSinceMs: 0, remainingMs: 1, requirementKey: 'any' };
  return { ...rest, workspace, run: String(run), ...given };
}

test.each([1, 3])('priority 5 is served by an agent of capacity %d though priority 2 never ends', (capacity) => {
  function* arrivals(): Generator<Waiter> {
    yield waiter('w', 0, { priority: 5 });
    // Twice as many as the agent can do, each with a longer path than all before.
    for (let run = 1; ; run++) {
      const waitingSinceMs = Math.floor((run * 60_000) / (2 * capacity));
      yield waiter('w', run, { priority: 2, waitingSinceMs, remainingMs: run * 1_000 });
    }
  }
  const finished = simulate(capacity, arrivals(), () => 60_000, 12 * priorityAgeMs);
  const patient = finished.find(({ waiter: { priority } }) => priority === 5);
  expect(patient?.startedAt).toBeLessThanOrEqual(5 * priorityAgeMs);
});

describe.each([1, 3, 10])('backlogs of 1000, 10 and 1 on an agent of capacity %d', (capacity) => {
  const meanMs = 1_000;
  const backlogs = { huge: 1_000, some: 10, one: 1 };
  const ratios = { some: [] as number[], one: [] as number[] };
  for (let seed = 1; seed <= 20; seed++) {
    const random = createRandom('fair shares', capacity, seed);
    const waiters = Object.entries(backlogs).flatMap(([workspace, runs]) =>
      Array.from({ length: runs }, (_, run) => waiter(workspace, run, { remainingMs: Math.floor(random() * 100) })),
    );
    const finished = simulate(
      capacity,
      waiters,
      () => meanMs * (0.5 + random()),
      (2.5 * backlogs.some * meanMs) / (capacity / 3),
    );
    for (const workspace of ['some', 'one'] as const) {
      const own = finished.filter((end) => end.waiter.workspace === workspace);
      // Ideal: a third of the places for each, all work divisible, but no run faster than one place does it.
      const idealMs = Math.max(meanMs, (backlogs[workspace] * meanMs) / (capacity / 3));
      expect(own).toHaveLength(backlogs[workspace]);
      ratios[workspace].push(Math.max(...own.map(({ endedAt }) => endedAt)) / idealMs);
    }
  }

  test.each(['one', 'some'] as const)('%s is done within twice its ideal time in 95 of 100 cases', (workspace) => {
    const sorted = ratios[workspace].sort((left, right) => left - right);
    expect(sorted[Math.ceil(sorted.length * 0.95) - 1]).toBeLessThanOrEqual(2);
  });
});
