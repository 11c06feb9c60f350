import { falseAlarms, faultsOf, foundAfter } from './simulate';
import { agentFaults, falselyUnusual, foundWith } from './simulated-agent';
import { noises, simulatedMetric } from './simulated-metric';

const [seeds = 20, days = 4] = process.argv.slice(2).map(Number);

/** How often the detector of anomalies is wrong in days of normal running, and how many of planted faults it finds within two sweeps. */
function main(): void {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const range = Array.from({ length: seeds }, (_, seed) => seed);
  say(`False alarms of one metric in a day, over ${seeds} seeds of ${days} days:`);
  let all = 0;
  for (const noise of noises) {
    const counts = range.map(
      (seed) => falseAlarms(simulatedMetric(noise, seed % 2 === 0 ? 'up' : 'down', 'bench', seed), days).length,
    );
    const rate = counts.reduce((sum, count) => sum + count, 0) / seeds / days;
    all += rate;
    say(`  ${noise.padEnd(14)} ${rate.toFixed(3)}  (most in a seed: ${Math.max(...counts)})`);
  }
  say(`  all ${noises.length} together ${all.toFixed(3)}  (target: at most 1)`);
  say('Faults found within two sweeps:');
  for (const noise of noises) {
    for (const fault of faultsOf(noise)) {
      // Leaks show only over days.
      const tried = fault.name.startsWith('leak') ? range.slice(0, Math.ceil(seeds / 4)) : range;
      const found = tried.map((seed) => foundAfter(noise, fault, seed)).filter((sweeps) => sweeps !== null);
      const first = found.filter((sweeps) => sweeps === 1).length;
      say(`  ${noise.padEnd(14)} ${fault.name.padEnd(34)} ${found.length} of ${tried.length}, ${first} with the first`);
    }
  }
  say('Agents against their own past, 100 of them with an attempt a minute each: falsely unusual in a day, by seed:');
  say(
    `  ${range
      .slice(0, Math.ceil(seeds / 4))
      .map((seed) => falselyUnusual(100, seed))
      .join(', ')}  (target: at most 1)`,
  );
  say('Changes of agents found by attempt (median, nine of ten, of 80 at most):');
  for (const fault of agentFaults) {
    const found = range.map((seed) => foundWith(fault, seed, 80) ?? Infinity).toSorted((left, right) => left - right);
    const at = (share: number): string => String(found[Math.ceil(share * seeds) - 1] ?? '').replace('Infinity', '–');
    say(`  ${fault.name.padEnd(24)} ${at(0.5)}, ${at(0.9)}`);
  }
}

main();
