import type { Command } from 'commander';
import { OrchestraError } from '../../domain/errors';
import { namePattern } from '../../domain/plan/names';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { safeText } from '../terminal/safe-text';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

/** Receivers of alerts. */
export function addAlertWebhooksCommands(alerts: Command, { host, openDataFolder, action }: CommandContext): void {
  const webhooks = alerts.command('webhooks').description('who is told of alerts, by signed HTTP requests');
  withExamples(
    webhooks
      .command('list')
      .description('list the receivers')
      .addOption(outputOption())
      .action(action(({ output }: { output: OutputFormat }) => listWebhooks(host, openDataFolder(), output))),
    ['orchestra alerts webhooks list'],
  );
  withExamples(
    webhooks
      .command('add')
      .description('tell an address of alerts (Standard Webhooks); in place of the receiver of that name')
      .argument('<name>', 'what it is called here')
      .argument('<url>', 'where messages are sent to, by POST')
      .option('--secret-env <variable>', 'sign with what this variable says (default: a new secret, which is printed)')
      .addOption(outputOption())
      .action(
        action((name: string, url: string, options: { secretEnv?: string; output: OutputFormat }) =>
          addWebhook(host, openDataFolder(), { name, url }, options),
        ),
      ),
    ['orchestra alerts webhooks add team https://hooks.example.com/orchestra'],
  );
  withExamples(
    webhooks
      .command('remove')
      .description('take a receiver away, with what is still to be sent to it')
      .argument('<name>', 'as `alerts webhooks list` shows it')
      .action(action((name: string) => removeWebhook(host, openDataFolder(), name))),
    ['orchestra alerts webhooks remove team'],
  );
}

function listWebhooks(host: CommandLineHost, folder: DataFolder, output: OutputFormat): Promise<number> {
  return withInstallation(host, folder, async ({ alerts }) => {
    const webhooks = await alerts.webhooks();
    if (output === 'json') await printJson(host, { webhooks });
    else if (webhooks.length === 0) await host.stderr.write('Nobody is told of alerts yet.\n');
    else {
      const rows = [['WEBHOOK', 'URL'], ...webhooks.map(({ name, url }) => [name, safeText(url)])];
      await host.stdout.write(`${formatTable(rows).join('\n')}\n`);
    }
    return exitCodes.succeeded;
  });
}

function addWebhook(
  host: CommandLineHost,
  folder: DataFolder,
  webhook: { name: string; url: string },
  { secretEnv, output }: { secretEnv?: string; output: OutputFormat },
): Promise<number> {
  const { name, url } = webhook;
  if (!namePattern.test(name)) throw usage(`"${name}" is no name: it has letters, digits, ".", "-" and "_".`);
  if (!/^https?:$/.test(protocolOf(url))) throw usage('The url must be an http or https address.');
  const secret = secretEnv === undefined ? undefined : readSecret(host, secretEnv);
  return withInstallation(host, folder, async ({ alerts }) => {
    const used = await alerts.setWebhook({ ...webhook, ...(secret !== undefined && { secret }) });
    const shown = secret === undefined ? { secret: used } : {};
    if (output === 'json') await printJson(host, { ...webhook, ...shown });
    else {
      const words = secret === undefined ? ` Its secret, which is not shown again: ${used}` : '';
      await host.stdout.write(`${name} is told of alerts.${words}\n`);
    }
    return exitCodes.succeeded;
  });
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}

/** As Standard Webhooks writes them: 24 to 64 bytes. */
function readSecret(host: CommandLineHost, variable: string): string {
  const secret = host.readVariable(variable);
  if (secret === undefined) throw usage(`The environment variable ${variable} is not set.`);
  const [, encoded = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const bytes = Buffer.from(encoded, 'base64').length;
  if (bytes < 24 || bytes > 64) throw usage(`${variable} must be whsec_ and 24 to 64 bytes in base64.`);
  return secret;
}

function removeWebhook(host: CommandLineHost, folder: DataFolder, name: string): Promise<number> {
  return withInstallation(host, folder, async ({ alerts }) => {
    await alerts.removeWebhook(name);
    await host.stdout.write(`${name} is told of alerts no more.\n`);
    return exitCodes.succeeded;
  });
}

export function testWebhooks(
  host: CommandLineHost,
  folder: DataFolder,
  webhook: string | undefined,
  output: OutputFormat,
): Promise<number> {
  return withInstallation(host, folder, async ({ alerts }) => {
    const deliveries = await alerts.test(webhook);
    if (output === 'json') await printJson(host, { deliveries });
    else {
      const lines = deliveries.map((one) => `${one.webhook}: ${one.status} (${safeText(one.answer ?? 'no answer')})`);
      await host.stdout.write(`${lines.join('\n')}\n`);
    }
    return deliveries.every(({ status }) => status === 'delivered') ? exitCodes.succeeded : exitCodes.failed;
  });
}

function usage(message: string): OrchestraError {
  return new OrchestraError('USAGE', message);
}
