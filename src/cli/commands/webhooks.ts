import { Option } from 'commander';
import type { Command } from 'commander';
import type { WebhookOverview } from '../../contracts/ports/webhook-messages';
import { newWebhook } from '../../contracts/schemas/api/webhook';
import { parseDuration } from '../../domain/duration';
import { OrchestraError } from '../../domain/errors';
import { webhookTypes } from '../../domain/webhooks/message';
import type { WebhookType } from '../../domain/webhooks/message';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder, Installation } from '../ports';
import { formatDate } from '../terminal/format-time';
import { safeLine } from '../terminal/safe-text';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { parseCount } from './parse-count';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

const name = ['<name>', 'as `webhooks list` shows it'] as const;

/** Who is told of what happens in sessions, by signed HTTP requests. */
export function addWebhooksCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const webhooks = program.command('webhooks').description('who is told of what happens, by signed HTTP requests');
  const use = (work: (installation: Installation) => Promise<string>): Promise<number> =>
    withInstallation(host, openDataFolder(), async (installation) => {
      await host.stdout.write(`${await work(installation)}\n`);
      return exitCodes.succeeded;
    });

  withExamples(
    webhooks
      .command('add')
      .description('have a receiver told of what happens, and print its secret, which is shown once')
      .argument('<name>', 'what it is called here')
      .argument('<url>', 'where messages are sent to, by POST')
      .addOption(new Option('--types <types...>', 'what it hears of').choices([...webhookTypes]).makeOptionMandatory())
      .action(
        action((webhook: string, url: string, { types }: { types: WebhookType[] }) => {
          const parsed = newWebhook.safeParse({ name: webhook, url, types });
          if (!parsed.success) {
            const words = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
            throw new OrchestraError('USAGE', `The webhook cannot be added: ${words}.`);
          }
          return use(({ webhooks: all }) => all.add({ name: webhook, url, types }));
        }),
      ),
    ['orchestra webhooks add team https://example.org/hook --types session-ended task-failed'],
  );
  withExamples(
    webhooks
      .command('list')
      .description('list the receivers, and what they hear of')
      .addOption(outputOption())
      .action(action(({ output }: { output: OutputFormat }) => listWebhooks(host, openDataFolder(), output))),
    ['orchestra webhooks list', 'orchestra webhooks list -o json'],
  );
  const toSwitch = (verb: string, enabled: boolean, description: string): void => {
    const command = webhooks
      .command(verb)
      .description(description)
      .argument(...name);
    const state = enabled ? 'on' : 'off';
    withExamples(
      command.action(
        action((webhook: string) =>
          use(async ({ webhooks: all }) => {
            await all.setEnabled(webhook, enabled);
            return `Webhook ${webhook} is switched ${state}.`;
          }),
        ),
      ),
      [`orchestra webhooks ${verb} team`],
    );
  };
  toSwitch('enable', true, 'switch a receiver on, also one that was gone; what waits for it is sent');
  toSwitch('disable', false, 'switch a receiver off; what is to be sent to it waits');
  withExamples(
    webhooks
      .command('rotate')
      .description('give a receiver another secret, and print it; for a while both sign')
      .argument(...name)
      .option('--overlap <duration>', 'so long the present secret signs as well', '24h')
      .action(
        action((webhook: string, { overlap }: { overlap: string }) => {
          const overlapMs = parseDuration(overlap);
          if (overlapMs === undefined)
            throw new OrchestraError('USAGE', `"${overlap}" is no duration: write one such as 24h.`);
          return use(({ webhooks: all }) => all.rotate(webhook, overlapMs));
        }),
      ),
    ['orchestra webhooks rotate team', 'orchestra webhooks rotate team --overlap 7d'],
  );
  withExamples(
    webhooks
      .command('remove')
      .description('remove a receiver, with what is still to be sent to it')
      .argument(...name)
      .action(
        action((webhook: string) =>
          use(async ({ webhooks: all }) => {
            await all.remove(webhook);
            return `Webhook ${webhook} is removed.`;
          }),
        ),
      ),
    ['orchestra webhooks remove team'],
  );
  withExamples(
    webhooks
      .command('deliveries')
      .description('list what a receiver was sent, the latest first')
      .argument(...name)
      .option('-n, --limit <count>', 'how many at most', parseCount, 20)
      .addOption(outputOption())
      .action(
        action((webhook: string, options: { limit: number; output: OutputFormat }) =>
          listDeliveries(host, openDataFolder(), webhook, options),
        ),
      ),
    ['orchestra webhooks deliveries team', 'orchestra webhooks deliveries team -o json'],
  );
  withExamples(
    webhooks
      .command('redeliver')
      .description('send a message again, with the same id')
      .argument(...name)
      .argument('<message>', 'as `webhooks deliveries` shows it')
      .action(
        action((webhook: string, message: string) =>
          use(async ({ webhooks: all }) => {
            await all.redeliver(webhook, message);
            return `Message ${message} is sent to ${webhook} again.`;
          }),
        ),
      ),
    ['orchestra webhooks redeliver team msg_0f1e2d3c4b5a'],
  );
}

function listWebhooks(host: CommandLineHost, folder: DataFolder, output: OutputFormat): Promise<number> {
  return withInstallation(host, folder, async ({ webhooks }) => {
    const found = await webhooks.list();
    if (output === 'json') await printJson(host, { webhooks: found.map(report) });
    else if (found.length === 0)
      await host.stderr.write('There is no webhook. Add one: `orchestra webhooks add --help`.\n');
    else {
      const rows = found.map((one) => [one.name, stateOf(one), one.types.join(', '), safeLine(one.url)]);
      await host.stdout.write(`${formatTable([['WEBHOOK', 'STATE', 'TYPES', 'URL'], ...rows]).join('\n')}\n`);
    }
    return exitCodes.succeeded;
  });
}

function listDeliveries(
  host: CommandLineHost,
  folder: DataFolder,
  webhook: string,
  { limit, output }: { limit: number; output: OutputFormat },
): Promise<number> {
  return withInstallation(host, folder, async ({ webhooks }) => {
    const found = await webhooks.deliveries(webhook, limit);
    if (output === 'json') {
      await printJson(host, { deliveries: found.map((one) => ({ ...one, at: iso(one.at), nextAt: iso(one.nextAt) })) });
    } else if (found.length === 0) await host.stderr.write('It was sent nothing yet.\n');
    else {
      const rows = found.map(({ id, type, at, status, tries, answer }) => {
        return [id, type, formatDate(at), status, String(tries), safeLine(answer ?? '-')];
      });
      await host.stdout.write(
        `${formatTable([['MESSAGE', 'TYPE', 'AT', 'STATUS', 'TRIES', 'ANSWER'], ...rows]).join('\n')}\n`,
      );
    }
    return exitCodes.succeeded;
  });
}

function stateOf({ enabled, goneAt }: WebhookOverview): string {
  if (enabled) return 'on';
  return goneAt === null ? 'off' : `off: gone (HTTP 410) since ${formatDate(goneAt)}`;
}

function report({ createdAt, goneAt, previousUntil, ...webhook }: WebhookOverview): object {
  return { ...webhook, goneAt: iso(goneAt), createdAt: iso(createdAt), previousUntil: iso(previousUntil) };
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
