import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { workspaceName } from '../../contracts/schemas/workspace-name';
import { OrchestraError } from '../../domain/errors';
import type { AccountOverview } from '../account-port';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost } from '../ports';
import { formatDate } from '../terminal/format-time';
import { safeText } from '../terminal/safe-text';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { printJson } from './print-json';

export interface ApiOptions {
  api?: string;
}

interface LoginOptions extends ApiOptions {
  workspace?: string;
  withToken?: true;
  output: OutputFormat;
}

/** The option of commands that talk to an API. */
export function apiOption(): Option {
  return new Option(
    '--api <url>',
    'address of the API (default: ORCHESTRA_API_URL, or the only one that you are logged in at)',
  );
}

/** Commands about who somebody is at an API. */
export function addLoginCommands(program: Command, { host, action }: CommandContext): void {
  withExamples(
    program
      .command('login')
      .description('log in at an API, with a browser, and keep the token in a file that only you can read')
      .addOption(apiOption())
      .option('--workspace <name>', 'which one, for members of several', parseWorkspace)
      .option('--with-token', 'read a token from stdin, instead of a browser')
      .addOption(outputOption())
      .action(action((options: LoginOptions) => logIn(host, options))),
    [
      'orchestra login --api https://orchestra.example.com',
      'orchestra login --api https://orchestra.example.com --workspace acme',
      'orchestra login --api http://127.0.0.1:4700 --with-token < .orchestra/api-token',
    ],
  );
  withExamples(
    program
      .command('logout')
      .description('forget the login at an API')
      .addOption(apiOption())
      .action(action((options: ApiOptions) => logOut(host, options))),
    ['orchestra logout', 'orchestra logout --api https://orchestra.example.com'],
  );
  withExamples(
    program
      .command('whoami')
      .description('say who you are at an API')
      .addOption(apiOption())
      .addOption(outputOption())
      .action(action((options: ApiOptions & { output: OutputFormat }) => whoAmI(host, options))),
    ['orchestra whoami', 'orchestra whoami -o json'],
  );
}

function parseWorkspace(text: string): string {
  const parsed = workspaceName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(`It ${parsed.error.issues[0]?.message ?? 'is no name of a workspace'}.`);
}

async function logIn(host: CommandLineHost, { api, workspace, withToken, output }: LoginOptions): Promise<number> {
  const account = withToken
    ? await host.account.logInWithToken(api, await readToken(host), workspace)
    : await host.account.logIn(api, {
        workspace,
        show: (url) => host.stderr.write(`Open this address in a browser on this machine:\n\n  ${url}\n\n`),
      });
  return show(host, account, output, 'You are logged in: ');
}

async function readToken(host: CommandLineHost): Promise<string> {
  const token = (await host.readStdin())?.trim() ?? '';
  if (/^\S+$/.test(token)) return token;
  throw new OrchestraError('USAGE', 'There is no token on stdin. Give one: `orchestra login --with-token < FILE`.');
}

async function logOut(host: CommandLineHost, { api }: ApiOptions): Promise<number> {
  const left = await host.account.logOut(api);
  const said = left === undefined ? 'There is no such login.' : `The login at ${left} is forgotten.`;
  await host.stdout.write(`${safeText(said)}\n`);
  return exitCodes.succeeded;
}

async function whoAmI(host: CommandLineHost, { api, output }: ApiOptions & { output: OutputFormat }): Promise<number> {
  return show(host, await host.account.whoAmI(api), output, '');
}

async function show(
  host: CommandLineHost,
  { api, subject, role, workspace, expiresAt }: AccountOverview,
  output: OutputFormat,
  before: string,
): Promise<number> {
  if (output === 'json') {
    const until = expiresAt === null ? null : new Date(expiresAt).toISOString();
    await printJson(host, { api, subject, role, workspace, expiresAt: until });
  } else {
    const until = expiresAt === null ? '' : `, until ${formatDate(expiresAt)}`;
    await host.stdout.write(
      `${before}${safeText(`${subject}, ${role} in workspace ${workspace} of ${api}${until}`)}\n`,
    );
  }
  return exitCodes.succeeded;
}
