import type { Command } from 'commander';
import type { AppliedProposal, StoredProposal } from '../../contracts/ports/proposal-store';
import type { Change, Effect } from '../../domain/optimise/proposal';
import { aboutDuration, usd } from '../../domain/routing/plain-words';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { formatDate } from '../terminal/format-time';
import { safeText } from '../terminal/safe-text';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { parseCount } from './parse-count';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

/** Changes that outcomes speak for. */
export function addOptimizeCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const optimize = program
    .command('optimize')
    .description('propose changes that outcomes speak for, with evidence and expected gain; apply and undo them');
  withExamples(
    optimize
      .command('propose', { isDefault: true })
      .description('look at what attempts came to, and propose; changes nothing')
      .addOption(outputOption())
      .action(action(({ output }: { output: OutputFormat }) => propose(host, openDataFolder(), output))),
    ['orchestra optimize', 'orchestra optimize propose -o json'],
  );
  withExamples(
    optimize
      .command('apply')
      .description('make exactly the changes that were proposed, all or none')
      .argument('<id...>', 'as `optimize propose` shows them')
      .addOption(outputOption())
      .action(
        action((ids: string[], { output }: { output: OutputFormat }) => apply(host, openDataFolder(), ids, output)),
      ),
    ['orchestra optimize apply 3f9a01bc'],
  );
  withExamples(
    optimize
      .command('undo')
      .description('put the values back that were there before')
      .argument('<id>', 'as `optimize history` shows it')
      .addOption(outputOption())
      .action(action((id: string, { output }: { output: OutputFormat }) => undo(host, openDataFolder(), id, output))),
    ['orchestra optimize undo 3f9a01bc'],
  );
  withExamples(
    optimize
      .command('history')
      .description('list what was applied and undone, the latest first')
      .option('--limit <count>', 'how many', parseCount, 20)
      .addOption(outputOption())
      .action(action((options: { limit: number; output: OutputFormat }) => history(host, openDataFolder(), options))),
    ['orchestra optimize history'],
  );
}

function propose(host: CommandLineHost, folder: DataFolder, output: OutputFormat): Promise<number> {
  return withInstallation(host, folder, async ({ optimisation }) => {
    const proposals = await optimisation.propose();
    if (output === 'json') await printJson(host, { proposals });
    else if (proposals.length > 0) await host.stdout.write(`${proposals.flatMap(proposalLines).join('\n')}\n`);
    else await host.stderr.write('Outcomes speak for no change, or there are too few of them.\n');
    return exitCodes.succeeded;
  });
}

function proposalLines({ id, kind, says, change, advice, evidence, effect, links }: StoredProposal): string[] {
  const [link] = links;
  return [
    `${id}  ${kind.replace('_', ' ')}: ${safeText(says)}`,
    `  change: ${change ? changeWords(change) : safeText(advice ?? '')}`,
    `  gain: ${effectWords(effect)}`,
    `  from ${evidence.attempts} attempts in ${evidence.sessions} sessions${link ? `, e.g. ${link.session} ${link.run}` : ''}`,
    ...(change ? [`  apply: orchestra optimize apply ${id}`] : []),
  ];
}

function changeWords(change: Change): string {
  if (change.of === 'agent') {
    const { agent, before, after } = change;
    return `agent ${agent.name}: at once ${before.maxConcurrent} → ${after.maxConcurrent}`;
  }
  if (change.of === 'models') {
    const [before, after] = [change.before, change.after].map((models) => models.map(({ name }) => name).join(', '));
    return `agent ${change.agent.name}: models ${safeText(`${before} → ${after}`)}`;
  }
  const { before, after } = change;
  return Object.entries(after)
    .map(([key, value]) => `${key} ${before[key] ?? 'default'} → ${value}`)
    .join(', ');
}

function effectWords({ what, unit, estimate, low, high }: Effect): string {
  const words = (value: number): string => {
    if (unit === 'share') return `${(100 * value).toFixed(1)} points`;
    return unit === 'usd' ? usd(value) : aboutDuration(value);
  };
  return `${words(estimate)} (${words(low)} to ${words(high)}) of the ${safeText(what)}`;
}

function apply(host: CommandLineHost, folder: DataFolder, ids: string[], output: OutputFormat): Promise<number> {
  return withInstallation(host, folder, async ({ optimisation }) => {
    const applied = await optimisation.apply(ids);
    if (output === 'json') await printJson(host, { applied: applied.map(appliedJson) });
    else {
      const lines = applied.map(({ proposal, change }) => `${proposal} is applied: ${changeWords(change)}.`);
      await host.stdout.write(`${lines.join('\n')}\n`);
    }
    return exitCodes.succeeded;
  });
}

function undo(host: CommandLineHost, folder: DataFolder, id: string, output: OutputFormat): Promise<number> {
  return withInstallation(host, folder, async ({ optimisation }) => {
    const undone = await optimisation.undo(id);
    if (output === 'json') await printJson(host, { undone: appliedJson(undone) });
    else await host.stdout.write(`${id} is undone: it was ${changeWords(undone.change)}.\n`);
    return exitCodes.succeeded;
  });
}

function history(
  host: CommandLineHost,
  folder: DataFolder,
  { limit, output }: { limit: number; output: OutputFormat },
): Promise<number> {
  return withInstallation(host, folder, async ({ optimisation }) => {
    const applied = await optimisation.applied(limit);
    if (output === 'json') await printJson(host, { applied: applied.map(appliedJson) });
    else if (applied.length === 0) await host.stderr.write('Nothing was applied yet.\n');
    else {
      const lines = applied.map(({ appliedAt, undoneAt, proposal, change }) => {
        const end = undoneAt === null ? '' : ` (undone ${formatDate(undoneAt)})`;
        return `${formatDate(appliedAt)}  ${proposal}  ${changeWords(change)}${end}`;
      });
      await host.stdout.write(`${lines.join('\n')}\n`);
    }
    return exitCodes.succeeded;
  });
}

function appliedJson({ appliedAt, undoneAt, ...applied }: AppliedProposal): object {
  const iso = (at: number): string => new Date(at).toISOString();
  return { ...applied, appliedAt: iso(appliedAt), undoneAt: undoneAt === null ? null : iso(undoneAt) };
}
