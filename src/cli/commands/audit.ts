import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { auditOutcomes } from '../../domain/audit/audit-entry';
import type { AuditEntry, AuditOutcome } from '../../domain/audit/audit-entry';
import { parseAnchors } from '../../domain/audit/kept-anchors';
import type { AuditVerification, StoredPlace } from '../../domain/audit/verify-chain';
import { parseDuration } from '../../domain/duration';
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

interface VerifyOptions {
  anchors?: string;
  acceptUnsigned?: boolean;
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
      .option(
        '--anchors <file>',
        'also against the anchors of this file (default: of that which this installation keeps them in)',
      )
      .option('--accept-unsigned', 'take a log for whole that no key vouches for')
      .addOption(outputOption())
      .action(action((options: VerifyOptions) => verify(host, openDataFolder(), options))),
    ['orchestra audit verify', 'orchestra audit verify --anchors /mnt/safe/anchors.jsonl'],
  ).addHelpText('after', '\nExit codes: 0 the log is whole, 1 it is not, or it is not signed.');
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
  { anchors: named, acceptUnsigned, output }: VerifyOptions,
): Promise<number> {
  const given =
    named === undefined ? undefined : { file: named, anchors: parseAnchors(named, await readNamedFile(host, named)) };
  return withInstallation(host, folder, async ({ audit, workspace }) => {
    const kept = given ?? (await audit.keptAnchors());
    const found = await audit.verify(kept?.anchors ?? []);
    const isSound = found.faults.length === 0;
    if (output === 'json') await printJson(host, { isSound, ...found });
    else await host.stdout.write(`${wordsOf(workspace, found, kept).join('\n')}\n`);
    return isSound && (found.isSigned || acceptUnsigned === true) ? exitCodes.succeeded : exitCodes.failed;
  });
}

function wordsOf(
  workspace: string,
  { entries, signedTo, anchors, faults, isSigned }: AuditVerification,
  kept: { file: string; anchors: readonly StoredPlace[] } | undefined,
): string[] {
  const log = `The audit log of workspace ${workspace}`;
  if (faults.length > 0) {
    const heading = `${log} was tampered with (${entries} entries are there):`;
    return [heading, ...faults.map(({ detail }) => `  ${safeText(detail)}`)];
  }
  if (!isSigned) {
    return [
      `${log} shows no fault, but nobody vouches for it: of its ${entries} entries, none is signed, as far as this process can tell.`,
      'Whoever has the database can have rewritten all of them, and it would look the same. Set ORCHESTRA_AUDIT_KEYS for every process, or say --accept-unsigned.',
    ];
  }
  const own = kept?.anchors.filter((anchor) => anchor.workspace === workspace).length;
  const outside = kept ? `, ${own} of them kept in ${safeText(kept.file)}` : '';
  return [`${log} is whole: ${entries} entries, signed up to entry ${signedTo}, ${anchors} anchors${outside}.`];
}

function exportAll(host: CommandLineHost, folder: DataFolder): Promise<number> {
  return withInstallation(host, folder, async ({ audit }) => {
    await audit.export((line) => host.stdout.write(`${JSON.stringify('entry' in line ? line.entry : line.place)}\n`));
    return exitCodes.succeeded;
  });
}
