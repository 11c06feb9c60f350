import { parseArgs } from 'node:util';

const engines = ['dbos', 'restate', 'langgraph', 'pg-boss'] as const;

export interface PeerOptions {
  engines: string[];
  repetitions: number;
  warmUpMs: number;
  only: string;
  out?: string;
  help: boolean;
}

export const peerUsage = `Usage: npm run bench:peers -- [options]
  --engines LIST    of ${engines.join(', ')}; default all
  --repetitions N   measurements of each engine at each piece of work, default 7
  --warm-up MS      before that, each, default 5000
  --only TEXT       only work whose name contains TEXT
  --out FILE        where the JSON goes, default bench/results/<date>-peers.json`;

/** Throws an error that says how it is used. */
export function parsePeerOptions(argv: string[]): PeerOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      engines: { type: 'string', default: engines.join(',') },
      repetitions: { type: 'string', default: '7' },
      'warm-up': { type: 'string', default: '5000' },
      only: { type: 'string', default: '' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const asked = values.engines.split(',').filter(Boolean);
  const unknown = asked.filter((engine) => !(engines as readonly string[]).includes(engine));
  const repetitions = Number(values.repetitions);
  const warmUpMs = Number(values['warm-up']);
  if (unknown.length > 0 || !Number.isInteger(repetitions) || repetitions < 1 || !(warmUpMs >= 0)) {
    throw new Error(peerUsage);
  }
  return {
    engines: asked,
    repetitions,
    warmUpMs,
    only: values.only,
    ...(values.out !== undefined && { out: values.out }),
    help: values.help,
  };
}
