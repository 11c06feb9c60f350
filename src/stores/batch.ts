import { setTimeout } from 'node:timers/promises';
import { isRefusedValue } from '../domain/refused-value';

export interface BatchLimits<Call> {
  /** Calls of a group, 200 by default. */
  maxCalls?: number;
  /** What a call adds to the size of a statement. */
  bytesOf?(call: Call): number;
  maxBytes?: number;
  /** How long calls wait for others, in milliseconds, where there were several in the group before; not at all by default. */
  gatherMs?: number;
  /** How they wait; by a timer, unless told otherwise. */
  wait?(ms: number): Promise<unknown>;
}

/**
 * Groups calls that come while an earlier group is under way into the next one: under load many calls share a transaction, and a
 * lone call waits for nobody; nor do calls that come one after the other. `work` returns one answer a call, in order. When it throws,
 * every call of the group fails; but where the database refuses a value, each is tried by itself, so that one bad call fails alone.
 */
export function batched<Call, Answer>(
  work: (calls: Call[]) => Promise<Answer[]>,
  { maxCalls = 200, bytesOf = () => 0, maxBytes = Infinity, gatherMs = 0, wait = setTimeout }: BatchLimits<Call> = {},
): (call: Call) => Promise<Answer> {
  type Waiting = { call: Call; resolve: (answer: Answer) => void; reject: (error: unknown) => void };
  const waiting: Waiting[] = [];
  let underWay = false;
  let hadCompany = false;

  const answer = async (group: Waiting[]): Promise<void> => {
    try {
      const answers = await work(group.map(({ call }) => call));
      group.forEach(({ resolve }, at) => resolve(answers[at] as Answer));
    } catch (error) {
      if (group.length === 1 || !isRefusedValue(error)) return group.forEach(({ reject }) => reject(error));
      for (const one of group) await answer([one]);
    }
  };

  /** At least one call, however large it is. */
  const takeGroup = (): Waiting[] => {
    let size = 0;
    for (let bytes = 0; size < Math.min(waiting.length, maxCalls); size++) {
      bytes += bytesOf((waiting[size] as Waiting).call);
      if (size > 0 && bytes > maxBytes) break;
    }
    return waiting.splice(0, size);
  };

  const next = async (): Promise<void> => {
    if (underWay || waiting.length === 0) return;
    underWay = true;
    if (hadCompany && gatherMs > 0) await wait(gatherMs);
    const group = takeGroup();
    hadCompany = group.length > 1;
    await answer(group);
    underWay = false;
    void next();
  };

  return (call) =>
    new Promise((resolve, reject) => {
      waiting.push({ call, resolve, reject });
      // A microtask later, so that calls of the same moment go together.
      queueMicrotask(() => void next());
    });
}

/** The same for each key by itself, as for each workspace: a statement sees the rows of one. */
export function batchedBy<Call, Answer>(
  keyOf: (call: Call) => string,
  work: (calls: Call[], key: string) => Promise<Answer[]>,
  limits: BatchLimits<Call> = {},
): (call: Call) => Promise<Answer> {
  const batches = new Map<string, (call: Call) => Promise<Answer>>();
  return (call) => {
    const key = keyOf(call);
    const known = batches.get(key) ?? batched<Call, Answer>((calls) => work(calls, key), limits);
    batches.set(key, known);
    return known(call);
  };
}
