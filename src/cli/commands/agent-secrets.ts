import type { Command } from 'commander';
import { OrchestraError } from '../../domain/errors';
import { identifierPattern } from '../../domain/plan/names';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

/** What an environment variable of a program can take on every system, with room to spare. */
const maxValueBytes = 65_536;

/** Commands about the values that agents refer to as secrets. No value is an argument: arguments are seen by other processes, and kept by shells. */
export function addAgentSecretsCommands(agents: Command, { host, openDataFolder, action }: CommandContext): void {
  const secrets = agents
    .command('secrets')
    .description('values that agents refer to as ${{ secrets.NAME }}; stored encrypted, never shown');
  withExamples(
    secrets
      .command('set')
      .description('set a secret to what is read from stdin, without the line end')
      .argument('<agent>', 'name of the agent, as `agents list` shows it')
      .argument('<name>', 'of the secret: letters, digits and "_"')
      .option('--from-env <variable>', 'take it from this environment variable instead')
      .action(
        action((agent: string, name: string, { fromEnv }: { fromEnv?: string }) =>
          setSecret(host, openDataFolder(), { agent, name, variable: fromEnv }),
        ),
      ),
    [
      'orchestra agents secrets set writer TOKEN < token.txt',
      'orchestra agents secrets set writer TOKEN --from-env TOKEN',
    ],
  );
  withExamples(
    secrets
      .command('list')
      .description('list the names of the secrets of an agent')
      .argument('<agent>', 'name of the agent, as `agents list` shows it')
      .addOption(outputOption())
      .action(
        action((agent: string, { output }: { output: OutputFormat }) =>
          listSecrets(host, openDataFolder(), agent, output),
        ),
      ),
    ['orchestra agents secrets list writer'],
  );
  withExamples(
    secrets
      .command('remove')
      .description('remove a secret')
      .argument('<agent>', 'name of the agent, as `agents list` shows it')
      .argument('<name>', 'as `agents secrets list` shows it')
      .action(action((agent: string, name: string) => removeSecret(host, openDataFolder(), agent, name))),
    ['orchestra agents secrets remove writer TOKEN'],
  );
  withExamples(
    secrets
      .command('rotate')
      .description('encrypt all secrets of the workspace, those of webhooks too, with the first of the keys')
      .action(action(() => rotateSecrets(host, openDataFolder()))),
    ['orchestra agents secrets rotate'],
  );
}

async function setSecret(
  host: CommandLineHost,
  folder: DataFolder,
  { agent, name, variable }: { agent: string; name: string; variable: string | undefined },
): Promise<number> {
  if (!identifierPattern.test(name)) {
    throw usage(`"${name}" is no name of a secret: it has letters, digits and "_", and does not begin with a digit.`);
  }
  const value = await readValue(host, variable);
  return withInstallation(host, folder, async ({ agentSecrets, workspace }) => {
    await agentSecrets.set({ workspace, name: agent }, name, value);
    await host.stdout.write(`Secret ${name} of agent ${agent} is set.\n`);
    return exitCodes.succeeded;
  });
}

async function readValue(host: CommandLineHost, variable: string | undefined): Promise<string> {
  const text = variable === undefined ? await host.readStdin() : host.readVariable(variable);
  if (text === undefined) {
    throw usage(
      variable === undefined
        ? 'Give the value on stdin, for instance with `< token.txt`, or name a variable with --from-env.'
        : `The environment variable ${variable} is not set.`,
    );
  }
  const value = variable === undefined ? text.replace(/\r?\n$/, '') : text;
  if (value === '') throw usage('The value is empty. `agents secrets remove` removes a secret.');
  const bytes = Buffer.byteLength(value);
  if (bytes > maxValueBytes) throw usage(`The value has ${bytes} bytes, at most ${maxValueBytes} are allowed.`);
  return value;
}

function listSecrets(host: CommandLineHost, folder: DataFolder, agent: string, output: OutputFormat): Promise<number> {
  return withInstallation(host, folder, async ({ agentSecrets, workspace }) => {
    const secrets = await agentSecrets.list({ workspace, name: agent });
    if (output === 'json') await printJson(host, { agent, secrets });
    else if (secrets.length === 0) await host.stderr.write(`Agent ${agent} has no secret.\n`);
    else {
      const rows = [['SECRET', 'KEY'], ...secrets.map(({ name, keyId }) => [name, keyId])];
      await host.stdout.write(`${formatTable(rows).join('\n')}\n`);
    }
    return exitCodes.succeeded;
  });
}

function removeSecret(host: CommandLineHost, folder: DataFolder, agent: string, name: string): Promise<number> {
  return withInstallation(host, folder, async ({ agentSecrets, workspace }) => {
    await agentSecrets.remove({ workspace, name: agent }, name);
    await host.stdout.write(`Secret ${name} of agent ${agent} is removed.\n`);
    return exitCodes.succeeded;
  });
}

function rotateSecrets(host: CommandLineHost, folder: DataFolder): Promise<number> {
  return withInstallation(host, folder, async ({ agentSecrets, workspace }) => {
    const count = await agentSecrets.rotate(workspace);
    const changed = count === 1 ? '1 was' : `${count} were`;
    await host.stdout.write(
      `All secrets of workspace ${workspace} are encrypted with the first key; ${changed} encrypted anew.\n`,
    );
    return exitCodes.succeeded;
  });
}

function usage(message: string): OrchestraError {
  return new OrchestraError('USAGE', message);
}
