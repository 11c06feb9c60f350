import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Measurements of each side of a comparison. */
  repetitions: number;
  /** Sessions of each number of short tasks. */
  growthRepetitions: number;
  /** Runs of each shape. */
  makespanRepetitions: number;
  /** Measurements of each thing with 10,000 agents. */
  routingRepetitions: number;
  /** Measurements of each side of the API. */
  apiRepetitions: number;
  /** Remote agents with one task each in flight at once. */
  remoteAgents: number;
  /** Outcomes that are learnt, and asked for. */
  learningOutcomes: number;
  /** Only scenarios and shapes whose name contains this. */
  only: string;
  /** File for the JSON; absent: bench/results/<date>.json. */
  out?: string;
  /** Of the durations and needs of the shapes. */
  seed: string;
  /** Only say how it is used. */
  help: boolean;
}

export const usage = `Usage: npm run bench -- [options]
  --repetitions N           measurements of each side, default 7; 0 leaves them out
  --growth-repetitions N    sessions of 10, 100, 1,000 and 5,000 short tasks, default 3; 0 leaves them out
  --makespan-repetitions N  runs of each shape, default 3; 0 leaves them out
  --routing-repetitions N   measurements of each thing with 10,000 agents, default 30; 0 leaves them out
  --api-repetitions N       measurements of each operation of the API, default 3; 0 leaves them out
  --remote-agents N         remote agents with one task each in flight at once, a multiple of 20, default 0
  --learning-outcomes N     outcomes that are learnt, and asked for then, default 0
  --only TEXT               only scenarios and shapes whose name contains TEXT
  --out FILE                where the JSON goes, default bench/results/<date>.json
  --seed TEXT               of the shapes, default "1"`;

/** Throws an error that says how it is used. */
export function parseOptions(argv: string[]): BenchOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      repetitions: { type: 'string', default: '7' },
      'growth-repetitions': { type: 'string', default: '3' },
      'makespan-repetitions': { type: 'string', default: '3' },
      'routing-repetitions': { type: 'string', default: '30' },
      'api-repetitions': { type: 'string', default: '3' },
      'remote-agents': { type: 'string', default: '0' },
      'learning-outcomes': { type: 'string', default: '0' },
      only: { type: 'string', default: '' },
      out: { type: 'string' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    repetitions: count(values.repetitions, 0),
    growthRepetitions: count(values['growth-repetitions'], 0),
    makespanRepetitions: count(values['makespan-repetitions'], 0),
    routingRepetitions: count(values['routing-repetitions'], 0),
    apiRepetitions: count(values['api-repetitions'], 0),
    remoteAgents: count(values['remote-agents'], 0, 20_000),
    learningOutcomes: count(values['learning-outcomes'], 0, 10_000_000),
    only: values.only,
    ...(values.out !== undefined && { out: values.out }),
    seed: values.seed,
    help: values.help,
  };
}

function count(text: string, least: number, most = 1_000): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`"${text}" is not a whole number from ${least} to ${most}.\n${usage}`);
}
