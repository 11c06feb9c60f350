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
  /** Others that do the same work; results of before they were measured have none. */
  others?: Beside[];
}

export interface Beside {
  name: string;
  /** Milliseconds a session. */
  ms: Summary;
  /** Of the neighbouring measurements: the time of the project over theirs. */
  ratio: Summary;
}

export interface Contenders {
  project: Contender;
  raw: Contender;
  others?: readonly Contender[];
}

const warmUpMs = 10_000;

/** Measures all in turn, one directly after the other, so that what else the machine does hits each. */
export async function compare(
  scenario: Scenario,
  { project, raw, others = [] }: Contenders,
  repetitions: number,
  onRound: (text: string) => void,
): Promise<Comparison> {
  const contenders = [project, raw, ...others];
  await warmUp(contenders, scenario);
  const measured = contenders.map((): number[] => []);
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const [at, contender] of contenders.entries()) measured[at]?.push(await measure(contender, scenario));
    onRound(`${scenario.name}: ${measured.map((ms) => `${ms.at(-1)?.toFixed(1)} ms`).join(' to ')}`);
  }
  const [projectMs = [], rawMs = [], ...othersMs] = measured;
  const timesOver = (theirs: readonly number[]): number[] => projectMs.map((ms, at) => ms / (theirs[at] ?? NaN));
  const ofProject = summarize(projectMs);
  const ratio = summarize(timesOver(rawMs).map((times) => (scenario.shownAs === 'time' ? times : 1 / times)));
  const meetsTarget = meets(scenario, ofProject.median, ratio.median);
  return {
    scenario,
    project: ofProject,
    raw: summarize(rawMs),
    ratio,
    ...(meetsTarget !== undefined && { meetsTarget }),
    ...(others.length > 0 && {
      others: others.map(({ name }, at) => {
        const ms = othersMs[at] ?? [];
        return { name, ms: summarize(ms), ratio: summarize(timesOver(ms)) };
      }),
    }),
  };
}

/** Undefined where nothing is promised. */
function meets({ target, targetMs, shownAs }: Scenario, ms: number, ratio: number): boolean | undefined {
  if (targetMs !== undefined) return ms <= targetMs;
  if (target === undefined) return undefined;
  return shownAs === 'time' ? ratio <= target : ratio >= target;
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
