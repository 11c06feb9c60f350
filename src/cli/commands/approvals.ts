import { Option } from 'commander';
import type { Command } from 'commander';
import type { Approval } from '../../contracts/ports/approval-store';
import type { Question, WantedAmount } from '../../contracts/ports/turn-store';
import { accountWords } from '../../domain/budget/accounts';
import { formatAmount } from '../../domain/budget/amounts';
import { list as inWords } from '../../domain/routing/plain-words';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { formatDate } from '../terminal/format-time';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { withExamples } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

interface ListOptions {
  all: boolean;
  output: OutputFormat;
}

const outputOption = (): Option =>
  new Option('-o, --output <format>', 'what to print on stdout').choices(['text', 'json']).default('text');

/** Questions that tasks wait for. */
export function addApprovalsCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const approvals = program.command('approvals').description('see what tasks wait for, and answer');
  const id = ['<id>', 'of the question'] as const;
  withExamples(
    approvals
      .command('list')
      .description('list open questions, oldest first')
      .option('-a, --all', 'answered and withdrawn ones too', false)
      .addOption(outputOption())
      .action(action((options: ListOptions) => list(host, openDataFolder(), options))),
    ['orchestra approvals list', 'orchestra approvals list --all -o json'],
  );
  withExamples(
    approvals
      .command('show')
      .description('show exactly what is asked')
      .argument(...id)
      .addOption(outputOption())
      .action(action((one: string, { output }: ListOptions) => show(host, openDataFolder(), one, output))),
    ['orchestra approvals show a-91c04e7d5b'],
  );
  const answers = { approve: 'approved', reject: 'rejected' } as const;
  const says = {
    approve: 'let exactly what is asked through, once',
    reject: 'let the task fail',
  } as const;
  for (const verb of ['approve', 'reject'] as const) {
    withExamples(
      approvals
        .command(verb)
        .description(says[verb])
        .argument(...id)
        .option('--by <name>', 'who answers, for the record', 'command line')
        .action(
          action((one: string, { by }: { by: string }) =>
            withInstallation(host, openDataFolder(), async ({ client }) => {
              const approval = await client.approvals.decide(one, answers[verb], by);
              await host.stdout.write(`${approval.id} is ${approval.status}: ${asks(approval)}\n`);
              return exitCodes.succeeded;
            }),
          ),
        ),
      [`orchestra approvals ${verb} a-91c04e7d5b`],
    );
  }
}

function list(host: CommandLineHost, folder: DataFolder, { all, output }: ListOptions): Promise<number> {
  return withInstallation(host, folder, async ({ client }) => {
    const approvals = await client.approvals.list({ onlyOpen: !all, limit: 1_000 });
    if (output === 'json') await printJson(host, { approvals: approvals.map(jsonOf) });
    else if (approvals.length === 0) await host.stderr.write('Nothing waits for an answer.\n');
    else await host.stdout.write(`${tableOf(host, approvals).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

function show(host: CommandLineHost, folder: DataFolder, id: string, output: OutputFormat): Promise<number> {
  return withInstallation(host, folder, async ({ client }) => {
    const approval = await client.approvals.get(id);
    if (output === 'json') await printJson(host, jsonOf(approval));
    else await host.stdout.write(`${linesOf(approval).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

function tableOf(host: CommandLineHost, approvals: readonly Approval[]): string[] {
  const [head = '', ...lines] = formatTable([
    ['ID', 'ASKED', 'STATUS', 'QUESTION'],
    ...approvals.map((approval) => [approval.id, formatDate(approval.askedAt), approval.status, asks(approval)]),
  ]);
  return [createStyle(host.stdout.hasColours).dim(head), ...lines];
}

function linesOf(approval: Approval): string[] {
  const { id, question, questionHash, status, askedAt, decidedAt, decidedBy, usedAt } = approval;
  return [
    `${id}  ${status}`,
    `  Asks     ${asks(approval)}`,
    ...detailsOf(question),
    `  Asked    ${formatDate(askedAt)}`,
    ...(decidedAt === null ? [] : [`  Decided  ${formatDate(decidedAt)}, by ${safeLine(decidedBy ?? '?')}`]),
    ...(usedAt === null ? [] : [`  Used     ${formatDate(usedAt)}`]),
    `  Hash     ${questionHash}`,
  ];
}

/** Names may come from other people. */
function asks({ question }: Approval): string {
  const { run, session, attempt } = question;
  if (question.kind === 'conflict') {
    return safeLine(`may attempt ${attempt} of ${run} in ${session} go ahead in spite of a conflict?`);
  }
  const { agent, exceeds } = question;
  const amounts = exceeds.map(({ unit, wanted }) => formatAmount(unit, wanted ?? 0));
  return safeLine(
    `may attempt ${attempt} of ${run} in ${session}, by ${agent}, go over its budget by reserving ${inWords([...new Set(amounts)])}?`,
  );
}

function detailsOf(question: Question): string[] {
  if (question.kind === 'budget') return question.exceeds.map((exceeded) => `  Exceeds  ${exceedsWords(exceeded)}`);
  const { writes, reads } = question.needs;
  return [
    ...writes.map((resource) => `  Writes   ${safeLine(resource)}`),
    ...reads.map((resource) => `  Reads    ${safeLine(resource)}`),
    ...question.inSpiteOf.map((words) => `  Needs    ${safeLine(words)}`),
  ];
}

function exceedsWords({ account, unit, limit }: WantedAmount): string {
  return safeLine(`${accountWords(account)}, which is ${formatAmount(unit, limit)}`);
}

function jsonOf({ askedAt, decidedAt, usedAt, ...approval }: Approval): object {
  const iso = (epochMs: number | null): string | null => (epochMs === null ? null : new Date(epochMs).toISOString());
  return { ...approval, askedAt: iso(askedAt), decidedAt: iso(decidedAt), usedAt: iso(usedAt) };
}
