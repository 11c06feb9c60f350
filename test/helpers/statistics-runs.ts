/** How many cases of pure chance a test looks at. `STATISTICS_RUNS` sets it; `npm run test:statistics` takes 400. */
export const statisticsRuns = Number(process.env['STATISTICS_RUNS'] ?? 200);
