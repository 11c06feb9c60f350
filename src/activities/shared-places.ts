/** Places that several share, each of whom may have as many as are free. */
export interface SharedPlaces {
  /** Takes one; what is returned gives it back, once. Undefined where the taker has had its share. */
  take(taker: string): (() => void) | undefined;
}

/**
 * Dynamic thresholds (Choudhury and Hahne): a taker has never more places than are free. One alone can have half of them, two a third each, and
 * so on: a crowd that takes all it gets still leaves as many for who comes next.
 */
export function createSharedPlaces(capacity: number): SharedPlaces {
  const taken = new Map<string, number>();
  let free = capacity;
  return {
    take: (taker) => {
      const own = taken.get(taker) ?? 0;
      if (own >= free) return undefined;
      free -= 1;
      taken.set(taker, own + 1);
      return () => {
        const left = (taken.get(taker) ?? 1) - 1;
        free += 1;
        if (left > 0) taken.set(taker, left);
        else taken.delete(taker);
      };
    },
  };
}
