/** The share of successes among the latest attempts. Those that were cancelled, rate-limited, lost or never begun say nothing of their agents. */
export function successShare(most: number): { add(verdict: string): void; ratio(): number } {
  const latest: boolean[] = [];
  return {
    add: (verdict) => {
      if (!telling.has(verdict)) return;
      latest.push(verdict === 'succeeded');
      if (latest.length > most) latest.shift();
    },
    ratio: () => (latest.length === 0 ? NaN : latest.filter(Boolean).length / latest.length),
  };
}

const telling: ReadonlySet<string> = new Set(['succeeded', 'failed', 'timed_out', 'contradictory']);
