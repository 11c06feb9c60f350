import { Option } from 'commander';
import type { Command } from 'commander';
import type { SessionUse } from '../../contracts/ports/budget-store';
import type { Balance } from '../../domain/budget/accounts';
import { budgetPeriods } from '../../domain/budget/accounts';
import { formatAmount, formatMicros, usdOf } from '../../domain/budget/amounts';
import { parseLimits } from '../../domain/budget/parse-limits';
import { OrchestraError } from '../../domain/errors';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { withExamples } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

interface ShowOptions {
  session?: string;
  output: OutputFormat;
}

interface SetOptions {
  day?: string;
  month?: string;
}

/** What may be used, and what was. */
export function addBudgetCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const budget = program.command('budget').description('look at budgets, and limit what the workspace uses');
  withExamples(
    budget
      .command('show')
      .description('show limits, and what is spent, reserved and left of them')
      .option('--session <id>', 'of a session, its tasks and the sessions above it as well')
      .addOption(
        new Option('-o, --output <format>', 'what to print on stdout').choices(['text', 'json']).default('text'),
      )
      .action(action((options: ShowOptions) => showBudgets(host, openDataFolder(), options))),
    ['orchestra budget show', 'orchestra budget show --session fix-and-review-k3f9 -o json'],
  );
  withExamples(
    budget
      .command('set')
      .description('limit what the workspace uses in a day and in a month, by the calendar of UTC')
      .option('--day <amounts>', 'e.g. 10usd, or 10usd,500000tokens,200attempts,8h, or none')
      .option('--month <amounts>', 'the same for a month')
      .action(action((options: SetOptions) => setBudgets(host, openDataFolder(), options))),
    ['orchestra budget set --day 10usd --month 200usd', 'orchestra budget set --day none'],
  );
}

function showBudgets(host: CommandLineHost, folder: DataFolder, { session: id, output }: ShowOptions): Promise<number> {
  return withInstallation(host, folder, async ({ client }) => {
    const session = id === undefined ? undefined : (await client.get(id)).id;
    const balances = [
      ...(await client.budgets.ofWorkspace()),
      ...(session === undefined ? [] : await client.budgets.ofSession(session)),
    ];
    const use = session === undefined ? undefined : await client.budgets.useOfSession(session);
    if (output === 'json')
      await printJson(host, { limits: balances.map(jsonOf), ...(use && { session: useJson(use) }) });
    else await host.stdout.write(`${[...tableOf(host, balances), ...(use ? useLines(use) : [])].join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

async function setBudgets(host: CommandLineHost, folder: DataFolder, options: SetOptions): Promise<number> {
  const changes = budgetPeriods.flatMap((period) => {
    const text = options[period];
    return text === undefined ? [] : [{ period, limits: parseLimits(text) }];
  });
  if (changes.length === 0) throw new OrchestraError('USAGE', 'Say what to set: --day, --month, or both.');
  return withInstallation(host, folder, async ({ client }) => {
    for (const { period, limits } of changes) await client.budgets.setLimits(period, limits);
    await host.stdout.write(`${tableOf(host, await client.budgets.ofWorkspace()).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

function tableOf(host: CommandLineHost, balances: readonly Balance[]): string[] {
  if (balances.length === 0) return ['Nothing is limited.'];
  const [head = '', ...lines] = formatTable([
    ['BUDGET OF', 'LIMIT', 'SPENT', 'RESERVED', 'LEFT'],
    ...balances.map((balance) => {
      const amount = (value: number): string => formatAmount(balance.unit, value);
      const { account, limit, spent, kept, reserved } = balance;
      // What is kept for attempts of unknown use is not to be had either.
      return [account, amount(limit), amount(spent), amount(reserved + kept), amount(leftOf(balance))];
    }),
  ]);
  return [createStyle(host.stdout.hasColours).dim(head), ...lines];
}

function useLines({ costMicros, tokens, attempts, unknown, overReservation }: SessionUse): string[] {
  return [
    '',
    `Its own attempts: ${attempts}, known to have used ${formatMicros(costMicros)} and ${formatAmount('tokens', tokens)}.`,
    ...(unknown > 0 ? [`Of ${unknown} nobody knows the cost; they keep what they reserved.`] : []),
    ...(overReservation > 0
      ? [`${overReservation} cost more than they had reserved: raise the "reserve" of their tasks.`]
      : []),
  ];
}

function jsonOf(balance: Balance): object {
  const { account, unit, limit, spent, kept, reserved } = balance;
  const amount = (value: number): number => (unit === 'costMicros' ? usdOf(value) : value);
  return {
    budgetOf: account,
    unit: unit === 'costMicros' ? 'usd' : unit,
    limit: amount(limit),
    spent: amount(spent),
    reserved: amount(reserved),
    keptForUnknown: amount(kept),
    left: amount(leftOf(balance)),
  };
}

function useJson({ costMicros, ...use }: SessionUse): object {
  return { costUsd: usdOf(costMicros), ...use };
}

/** Below zero where attempts used more than they had reserved, or where somebody approved it. */
function leftOf({ limit, spent, kept, reserved }: Balance): number {
  return limit - spent - kept - reserved;
}
