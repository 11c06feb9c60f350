/** Of a process, after its garbage was collected. */
export interface MemorySample {
  heapBytes: number;
  residentBytes: number;
}

/** In MiB. */
export interface MemoryUse {
  heap: { first: number; last: number; most: number };
  resident: { first: number; last: number; most: number };
}

/** Throws RangeError where there is nothing to summarize. */
export function summarizeMemory(samples: readonly MemorySample[]): MemoryUse {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last) throw new RangeError('there is nothing to summarize');
  const use = (of: (sample: MemorySample) => number): MemoryUse['heap'] => ({
    first: mib(of(first)),
    last: mib(of(last)),
    most: mib(Math.max(...samples.map(of))),
  });
  return { heap: use(({ heapBytes }) => heapBytes), resident: use(({ residentBytes }) => residentBytes) };
}

function mib(bytes: number): number {
  return Number((bytes / 2 ** 20).toFixed(1));
}
