import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { auditOutcomes } from '../../domain/audit/audit-entry';
import type { AuditEntry, AuditOutcome } from '../../domain/audit/audit-entry';
import type { StoredPlace } from '../../domain/audit/verify-chain';
import { parseDuration } from '../../domain/duration';
import { OrchestraError } from '../../domain/errors';
import { exitCodes } from '../exit-codes';
import { readNamedFile } from '../named-files';
import type { CommandLineHost, DataFolder } from '../ports';
import { formatDate } from '../terminal/format-time';
import { safeText } from '../terminal/safe-text';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { parseCount } from './parse-count';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

interface ListOptions {
  actor?: string;
  action?: string;
  outcome?: AuditOutcome;
  since?: number;
  limit: number;
  output: OutputFormat;
}

/** Commands about who did what. */
export function addAuditCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const audit = program
    .command('audit')
    .description('see who did what and who was refused, and prove that it is all there');
  withExamples(
    audit
      .command('list')
      .description('list what was done and refused, the latest first')
      .option('--actor <who>', 'only what they did, e.g. token:ci/0f1e2d3c4b5a')
      .option('--action <what>', 'only this, e.g. "agents remove" or "POST /v1/sessions"')
      .addOption(new Option('--outcome <outcome>', 'only what came to this').choices([...auditOutcomes]))
      .option('--since <duration>', 'only what is not older, e.g. 24h', parseAge)
      .option('--limit <count>', 'how many at most', parseCount, 50)
      .addOption(outputOption())
      .action(action((options: ListOptions) => list(host, openDataFolder(), options))),
    ['orchestra audit list --outcome denied --since 24h', 'orchestra audit list --action "agents remove" -o json'],
  );
  withExamples(
    audit
      .command('verify')
      .description('look through the whole log for what was changed, removed, moved or cut off')
      .option('--anchors <file>', 'also against anchors that were kept elsewhere')
      .addOption(outputOption())
      .action(action((options: { anchors?: string; output: OutputFormat }) => verify(host, openDataFolder(), options))),
    ['orchestra audit verify', 'orchestra audit verify --anchors /mnt/safe/anchors.jsonl'],
  ).addHelpText('after', '\nExit codes: 0 the log is whole, 1 it is not.');
  withExamples(
    audit
      .command('export')
      .description('print all entries with their hashes as JSON lines, then the signed head and the anchors')
      .action(action(() => exportAll(host, openDataFolder()))),
    ['orchestra audit export > audit.jsonl'],
  );
}

function parseAge(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs > 0) return durationMs;
  throw new InvalidArgumentError('Give a duration such as 12h or 30d.');
}

function list(host: CommandLineHost, folder: DataFolder, { output, since, ...query }: ListOptions): Promise<number> {
  return withInstallation(host, folder, async ({ audit }) => {
    const entries = await audit.list({ ...query, ...(since !== undefined && { since: host.now() - since }) });
    if (output === 'json') {
      await printJson(host, { entries: entries.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })) });
    } else if (entries.length === 0) await host.stderr.write('There is no such entry.\n');
    else await host.stdout.write(`${formatTable([heading, ...entries.map(rowOf)]).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

const heading = ['ENTRY', 'AT', 'WHO', 'WHAT', 'ABOUT', 'OUTCOME', 'WHY'];

function rowOf({ seq, at, actor, action, target, outcome, of, code, count, reason = '' }: AuditEntry): string[] {
  const about = Object.values(target).join(' ');
  const more = [code, of && `of ${of}`, count && `and ${count} more`].filter(
    (part) => part !== undefined && part !== 0,
  );
  const end = more.length === 0 ? outcome : `${outcome} (${more.join(', ')})`;
  return [String(seq), formatDate(at), actor, action, about, end, reason].map(safeText);
}

async function verify(
  host: CommandLineHost,
  folder: DataFolder,
  { anchors, output }: { anchors?: string; output: OutputFormat },
): Promise<number> {
  const kept = anchors === undefined ? [] : readAnchors(anchors, await readNamedFile(host, anchors));
  return withInstallation(host, folder, async ({ audit, workspace }) => {
    const found = await audit.verify(kept);
    const isSound = found.faults.length === 0;
    if (output === 'json') await printJson(host, { isSound, ...found });
    else {
      const signed = found.signedTo === 0 ? 'nothing of it is signed' : `signed up to entry ${found.signedTo}`;
      const lines = isSound
        ? [
            `The audit log of workspace ${workspace} is whole: ${found.entries} entries, ${signed}, ${found.anchors} anchors.`,
          ]
        : [
            `The audit log of workspace ${workspace} was tampered with (${found.entries} entries are there):`,
            ...found.faults.map(({ detail }) => `  ${safeText(detail)}`),
          ];
      await host.stdout.write(`${lines.join('\n')}\n`);
    }
    return isSound ? exitCodes.succeeded : exitCodes.failed;
  });
}

/** As ORCHESTRA_AUDIT_ANCHORS keeps them, or as an export has them. */
function readAnchors(file: string, text: string): StoredPlace[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.flatMap((line, at) => {
    try {
      const parsed = JSON.parse(line) as Partial<StoredPlace> & { entry?: unknown };
      if (parsed.entry !== undefined || parsed.kind === 'head') return [];
      if (parsed.kind === 'anchor' && typeof parsed.seq === 'number' && typeof parsed.hash === 'string') {
        return [parsed as StoredPlace];
      }
    } catch {
      // Told below.
    }
    throw new OrchestraError(
      'USAGE',
      `${file}:${at + 1} is no anchor: give a file that ORCHESTRA_AUDIT_ANCHORS or an export has made.`,
    );
  });
}

function exportAll(host: CommandLineHost, folder: DataFolder): Promise<number> {
  return withInstallation(host, folder, async ({ audit }) => {
    await audit.export((line) => host.stdout.write(`${JSON.stringify('entry' in line ? line.entry : line.place)}\n`));
    return exitCodes.succeeded;
  });
}
