import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { AuditAction } from '../../src/domain/audit/audit-entry';
import type { LocalInstallation } from '../../src/main/local';
import { table } from '../report';
import { summarize } from '../statistics';
import { withInstallation } from '../with-installation';

const say = (message: string): void => void process.stderr.write(`${message}\n`);

/** Appenders that each wait for their entry before they write the next, in so many workspaces. */
interface Scenario {
  workspaces: number;
  appenders: number;
}

const scenarios: readonly Scenario[] = [1, 10].flatMap((workspaces) =>
  [1, 10, 100].map((each) => ({ workspaces, appenders: each * workspaces })),
);

const usage = `Usage: npm run bench:audit -- [options]
  --seconds N      of each measurement, default 5
  --repetitions N  measurements of each, default 3`;

/** How many entries the audit log takes a second, each committed and chained to the one before: embedded servers, a key that signs, one process. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '5' },
      repetitions: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const [seconds, repetitions] = [Number(values.seconds), Number(values.repetitions)];
  if (!(seconds > 0) || !(repetitions >= 1)) throw new Error(usage);
  await withInstallation({}, say, async ({ installation, signal }) => {
    const rows: string[][] = [];
    for (const [nth, scenario] of scenarios.entries()) {
      const measured: number[] = [];
      // The first one warms up.
      for (let repetition = 0; repetition <= repetitions && !signal.aborted; repetition++) {
        const perSecond = await append(installation, scenario, `bench-${nth}`, seconds);
        if (repetition > 0) measured.push(perSecond);
      }
      await requireSound(installation, scenario, `bench-${nth}`);
      const { median, min, max } = summarize(measured);
      const row = [scenario.workspaces, scenario.appenders].map(String);
      rows.push([...row, `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`]);
      say(rows.at(-1)?.join(' ') ?? '');
    }
    process.stdout.write(`${table(['workspaces', 'appenders', 'entries a second'], rows).join('\n')}\n`);
    process.stdout.write(`load of the machine in the last minute: ${loadavg()[0]?.toFixed(1)}\n`);
  });
}

/** Entries a second, of all workspaces together. */
async function append(
  { audit }: LocalInstallation,
  { workspaces, appenders }: Scenario,
  prefix: string,
  seconds: number,
): Promise<number> {
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  let appended = 0;
  await Promise.all(
    Array.from({ length: appenders }, async (_, appender) => {
      while (performance.now() < endsAt) {
        await audit.append(`${prefix}-${appender % workspaces}`, action(appended));
        appended += 1;
      }
    }),
  );
  return (appended * 1_000) / (performance.now() - startedAt);
}

/** What was measured has to be a chain. */
async function requireSound({ audit }: LocalInstallation, { workspaces }: Scenario, prefix: string): Promise<void> {
  for (let workspace = 0; workspace < workspaces; workspace++) {
    const { faults } = await audit.verify(`${prefix}-${workspace}`);
    if (faults.length > 0) throw new Error(`the chain is broken: ${JSON.stringify(faults)}`);
  }
}

/** As an operation of the API writes it. */
function action(nth: number): AuditAction {
  return {
    actor: 'token:ci/0f1e2d3c4b5a',
    role: 'user',
    action: 'POST /v1/sessions',
    target: { session: `session-${nth}` },
    outcome: 'succeeded',
    requestId: '6f0c1c1e-7b1f-4c53-9a4e-3a4c5c1d2e3f',
    via: 'api',
    source: '192.0.2.17',
  };
}

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
