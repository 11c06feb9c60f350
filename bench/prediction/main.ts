import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureAttempts } from './measure-attempts';
import { measureEtas } from './measure-etas';
import { formatPredictions } from './report';
import { sweep } from './sweep';

const usage = `Usage: npm run bench:prediction -- [options]
  --fleets N   simulated fleets for each number of earlier sessions, default 300
  --seed TEXT  of all that is drawn, default "1"
  --out FILE   where the JSON goes, default bench/results/<date>-prediction.json`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      fleets: { type: 'string', default: '300' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const fleets = Number(values.fleets);
  if (!Number.isInteger(fleets) || fleets < 1)
    throw new Error(`"${values.fleets}" is not a number of fleets.\n${usage}`);
  const { seed } = values;
  const { accuracies, withoutForecast } = measureEtas(fleets, seed);
  const results = {
    seed,
    fleets,
    etas: accuracies,
    withoutForecast,
    attempts: measureAttempts(fleets, seed),
    sweep: sweep(),
  };
  const date = new Date().toISOString().slice(0, 10);
  process.stdout.write(`Seed "${seed}", ${fleets} fleets for each number of earlier sessions.\n`);
  process.stdout.write(`${formatPredictions(results)}\n`);
  const out = values.out ?? join(__dirname, '..', 'results', `${date}-prediction.json`);
  await writeFile(out, `${JSON.stringify({ date, ...results }, null, 2)}\n`);
  process.stderr.write(`written: ${out}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
