import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureAttempts } from '../prediction/measure-attempts';
import { measureEtas } from '../prediction/measure-etas';
import { formatPredictions } from '../prediction/report';
import { measureLearning } from './measure-learning';
import { plotRegret } from './plot';
import { policiesIn } from './policies';
import { measureModels, modelPolicies, modelScenarios } from './simulate-models';
import { formatLearning, formatModels } from './report';
import { mainScenario, scenarios, tasksAfterDrop } from './scenarios';

const usage = `Usage: npm run bench:learning -- [options]
  --seeds N   runs of each policy in each scenario, default 200
  --fleets N  simulated fleets whose ETAs and attempts are predicted, default 100; 0 leaves them out
  --out FILE  where the JSON goes, default bench/results/<date>-learning.json`;

/** How well routing learns, and how right predictions are, by simulation: needs no servers, and always comes to the same. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      fleets: { type: 'string', default: '100' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const seeds = Number(values.seeds);
  if (!(Number.isInteger(seeds) && seeds > 0)) throw new Error(`"${values.seeds}" is no number of seeds.\n${usage}`);
  const fleets = Number(values.fleets);
  if (!(Number.isInteger(fleets) && fleets >= 0))
    throw new Error(`"${values.fleets}" is no number of fleets.\n${usage}`);
  process.stdout.write(`seeds 0 to ${seeds - 1}\n`);
  const results = scenarios.flatMap((scenario) => {
    process.stderr.write(`${scenario.name} …\n`);
    return policiesIn(scenario).map((policy) => measureLearning(scenario, policy, seeds));
  });
  const models = modelScenarios.flatMap((scenario) =>
    modelPolicies.map((policy) => measureModels(scenario, policy, seeds)),
  );
  process.stdout.write(`${formatLearning(results)}\n${formatModels(models)}\n`);
  process.stdout.write(
    `${plotRegret(results, mainScenario.name, mainScenario.choices + tasksAfterDrop, process.stdout.isTTY)}\n`,
  );
  if (fleets > 0) {
    process.stderr.write(`predictions …\n`);
    const seed = '1';
    const { accuracies: etas } = measureEtas(fleets, seed);
    process.stdout.write(
      `${formatPredictions({ seed, fleets, etas, attempts: measureAttempts(fleets, seed), sweep: [] })}\n`,
    );
  }
  const date = new Date().toISOString().slice(0, 10);
  const out = values.out ?? join(__dirname, '../results', `${date}-learning.json`);
  await writeFile(
    out,
    `${JSON.stringify({ date, seeds, results: results.map(rounded), models: models.map(rounded) }, null, 2)}\n`,
  );
  process.stderr.write(`written: ${out}\n`);
}

/** Six digits say enough. */
function rounded<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'number' ? Number(part.toPrecision(6)) : part)),
  ) as T;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
