import { Client } from 'pg';
import { loadPlan } from '../load-plan';
import { table } from '../report';
import { withInstallation } from '../with-installation';
import { explain } from './explain';
import type { Explained } from './explain';
import { fillWorkspaces } from './fill';
import { recordStatements } from './record-statements';
import type { Recorded } from './record-statements';

const say = (message: string): void => void process.stderr.write(`${message}\n`);
const [sessions = 100, copies = 200] = process.argv.slice(2).map(Number);
const repetitions = 5;

/**
 * What the walls between workspaces cost: the statements that sessions really send, on a database that is filled with those of other workspaces, once behind
 * row security (orchestra_app) and once in a role whose policy lets everything through (orchestra_engine). See docs/workspaces.md.
 */
async function main(): Promise<void> {
  const recording = recordStatements();
  await withInstallation({}, say, async ({ installation }) => {
    const plan = await loadPlan(workload);
    for (let nth = 0; nth < sessions; nth += 10) {
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          const session = await installation.client.start({ ...plan, inputs: { text: 'hello', items: [1, 2, 3] } });
          await session.result();
          await Promise.all([session.overview(), session.log(0, 100), installation.client.list({ limit: 50 })]);
        }),
      );
    }
    recording.stop();
    const client = new Client({ connectionString: installation.addresses.databaseUrl });
    await client.connect();
    try {
      say(`${await fillWorkspaces(client, 'default', copies)} rows in ${copies + 1} workspaces`);
      // As in src/stores/pool.ts.
      await client.query(
        'SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan',
      );
      await report(client, [...recording.recorded.values()]);
    } finally {
      await client.end();
    }
  });
}

/** Fans out and joins. */
const workload = {
  version: 1,
  name: 'walls',
  inputs: { text: { type: 'string', required: true }, items: { type: 'array', required: true } },
  agents: { ada: { connector: 'simulated', latency: '0ms' }, bob: { connector: 'simulated', latency: '0ms' } },
  tasks: {
    write: { agent: 'ada', input: { text: '${{ inputs.text }}' } },
    each: { agent: 'bob', needs: ['write'], forEach: '${{ inputs.items }}' },
    last: { agent: 'ada', needs: ['each'], input: { all: '${{ tasks.each.output }}' } },
  },
};

async function report(client: Client, recorded: readonly Recorded[]): Promise<void> {
  const rows: string[][] = [];
  const other: string[] = [];
  let [skipped, compared] = [0, 0];
  for (const statement of [...recorded].sort((left, right) => right.sent - left.sent)) {
    const measured: { app: Explained; engine: Explained }[] = [];
    try {
      for (let repetition = 0; repetition < repetitions; repetition++) {
        const app = await explain(client, statement, 'orchestra_app');
        measured.push({ app, engine: await explain(client, statement, 'orchestra_engine') });
      }
    } catch (error) {
      skipped += 1;
      say(`cannot be run again: ${firstWords(statement.text)}: ${(error as Error).message}`);
      continue;
    }
    const app = fastest(measured.map((one) => one.app));
    const engine = fastest(measured.map((one) => one.engine));
    const isSame = JSON.stringify(app.shape) === JSON.stringify(engine.shape);
    compared += 1;
    rows.push([
      firstWords(statement.text),
      String(statement.sent),
      isSame ? 'same' : 'OTHER',
      `${app.cost.toFixed(1)} / ${engine.cost.toFixed(1)}`,
      `${app.pages} / ${engine.pages}`,
      `${app.ms.toFixed(2)} / ${engine.ms.toFixed(2)}`,
    ]);
    if (!isSame) {
      other.push(
        `\n${statement.text}\n--- orchestra_app\n${app.shape.join('\n')}\n--- orchestra_engine\n${engine.shape.join('\n')}`,
      );
    }
  }
  const head = ['statement', 'sent', 'plan', 'cost', 'pages', 'ms'];
  process.stdout.write(`${table(head, rows).join('\n')}\n${other.join('\n')}\n`);
  process.stdout.write(
    `${compared} statements compared, ${other.length} with another plan, ${skipped} could not be run again\n`,
  );
}

function fastest(measured: readonly Explained[]): Explained {
  return measured.reduce((best, one) => (one.ms < best.ms ? one : best));
}

function firstWords(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 70);
}

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
