import { plot } from 'simple-ascii-chart';
import type { LearningResult } from './measure-learning';
import { learning, plainScore, roundRobin } from './policies';

/** Regret as tasks come, for a terminal. */
export function plotRegret(
  results: readonly LearningResult[],
  scenario: string,
  tasks: number,
  hasColours: boolean,
): string {
  const shown = [learning, plainScore, roundRobin].flatMap(({ name }) =>
    results.filter((one) => one.scenario === scenario && one.policy === name),
  );
  return plot(
    shown.map(({ regretCurve }) =>
      regretCurve.map((regret, at): [number, number] => [(at * tasks) / (regretCurve.length - 1), regret]),
    ),
    {
      title: `Successes missed after so many tasks: ${scenario}`,
      width: 90,
      height: 16,
      ...(hasColours && { color: ['ansiGreen' as const, 'ansiYellow' as const, 'ansiRed' as const] }),
      legend: { position: 'bottom', series: shown.map(({ policy }) => policy) },
      formatter: (value: number) => Math.round(value),
    },
  );
}
