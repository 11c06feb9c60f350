import { randomBytes } from 'node:crypto';
import { summarize } from '../statistics';
import type { Summary } from '../statistics';
import type { Contender } from './contender';
import type { Scenario } from './scenarios';

export interface Comparison {
  scenario: Scenario;
  /** Milliseconds a session; with several in flight, of wall clock over their number. */
  project: Summary;
  raw: Summary;
  /** Of the pairs of neighbouring measurements: project over raw, as the scenario shows it. */
  ratio: Summary;
  meetsTarget?: boolean;
}

const warmUpMs = 10_000;

/** Measures both in turn, one directly after the other, so that what else the machine does hits both. */
export async function compare(
  scenario: Scenario,
  { project, raw }: { project: Contender; raw: Contender },
  repetitions: number,
  onPair: (text: string) => void,
): Promise<Comparison> {
  await warmUp([project, raw], scenario);
  const pairs: { projectMs: number; rawMs: number }[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const projectMs = await measure(project, scenario);
    const rawMs = await measure(raw, scenario);
    pairs.push({ projectMs, rawMs });
    onPair(`${scenario.name}: ${projectMs.toFixed(1)} ms to ${rawMs.toFixed(1)} ms`);
  }
  const ratio = summarize(
    pairs.map(({ projectMs, rawMs }) => (scenario.shownAs === 'time' ? projectMs / rawMs : rawMs / projectMs)),
  );
  const { target } = scenario;
  return {
    scenario,
    project: summarize(pairs.map(({ projectMs }) => projectMs)),
    raw: summarize(pairs.map(({ rawMs }) => rawMs)),
    ratio,
    ...(target !== undefined && {
      meetsTarget: scenario.shownAs === 'time' ? ratio.median <= target : ratio.median >= target,
    }),
  };
}

/** What is measured is the steady state, as in a worker that runs for weeks: compiled code, prepared statements, filled caches. */
export async function warmUp(
  contenders: readonly Contender[],
  scenario: MeasuredWork,
  forMs = warmUpMs,
): Promise<void> {
  for (const contender of contenders) {
    const startedAt = performance.now();
    do await measure(contender, scenario);
    while (performance.now() - startedAt < forMs);
  }
}

export type MeasuredWork = Pick<Scenario, 'sessions' | 'inFlight'>;

/** Milliseconds a session. */
export async function measure(contender: Contender, { sessions, inFlight }: MeasuredWork): Promise<number> {
  const texts = Array.from({ length: sessions }, () => randomBytes(16).toString('hex'));
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let text = texts.pop(); text !== undefined; text = texts.pop()) await contender.runOne(text);
    }),
  );
  const elapsedMs = performance.now() - startedAt;
  await contender.verify();
  return elapsedMs / sessions;
}
