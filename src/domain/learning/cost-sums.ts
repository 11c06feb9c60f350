import type { CostSums } from '../agents/agent';

/** With one cost of that weight, in dollars. */
export function costPlus({ count, sumUsd, spread = noSpread }: CostSums, costUsd: number, weight: number): CostSums {
  const { free, paid, logSum, logSquareSum } = spread;
  const log = costUsd > 0 ? Math.log(costUsd) : undefined;
  return {
    count: count + weight,
    sumUsd: sumUsd + weight * costUsd,
    spread:
      log === undefined
        ? { ...spread, free: free + weight }
        : { free, paid: paid + weight, logSum: logSum + weight * log, logSquareSum: logSquareSum + weight * log ** 2 },
  };
}

export function scaledCost({ count, sumUsd, spread }: CostSums, factor: number): CostSums {
  return {
    count: factor * count,
    sumUsd: factor * sumUsd,
    ...(spread && {
      spread: {
        free: factor * spread.free,
        paid: factor * spread.paid,
        logSum: factor * spread.logSum,
        logSquareSum: factor * spread.logSquareSum,
      },
    }),
  };
}

export function costsTogether(one: CostSums, other: CostSums): CostSums {
  const spreads = [one.spread, other.spread].filter((spread) => spread !== undefined);
  return {
    count: one.count + other.count,
    sumUsd: one.sumUsd + other.sumUsd,
    ...(spreads.length > 0 && {
      spread: spreads.reduce((left, right) => ({
        free: left.free + right.free,
        paid: left.paid + right.paid,
        logSum: left.logSum + right.logSum,
        logSquareSum: left.logSquareSum + right.logSquareSum,
      })),
    }),
  };
}

export const noCosts: CostSums = { count: 0, sumUsd: 0 };

const noSpread = { free: 0, paid: 0, logSum: 0, logSquareSum: 0 };
