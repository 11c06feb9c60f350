import { Option } from 'commander';
import type { Command } from 'commander';
import { OrchestraError } from '../../domain/errors';
import { exitCodes } from '../exit-codes';
import { readNamedFile } from '../named-files';
import type { CommandLineHost } from '../ports';
import { safeText } from '../terminal/safe-text';
import type { CommandContext } from './command';
import { withExamples } from './command';
import { apiOption } from './login';
import type { ApiOptions } from './login';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

interface RequestOptions extends ApiOptions {
  method: (typeof methods)[number];
  body?: string;
}

/** Any request to an API, with the login that is kept. */
export function addRequestCommand(program: Command, { host, action }: CommandContext): void {
  withExamples(
    program
      .command('request')
      .description('send any request to the API that you are logged in at, and print what it answers')
      .argument('<path>', 'of the operation, with its query: /v1/sessions?limit=5')
      .addOption(apiOption())
      .addOption(new Option('-X, --method <method>', 'what to do').choices([...methods]).default('GET'))
      .option('--body <file>', 'JSON to send; - for stdin')
      .action(action((path: string, options: RequestOptions) => send(host, path, options))),
    [
      "orchestra request '/v1/sessions?limit=5'",
      'orchestra request /v1/sessions/hello-k3f9x2/pause --method POST',
      'orchestra request /v1/plans/validate --method POST --body request.json',
    ],
  ).addHelpText('after', '\nExit codes: 0 it was answered with success, 1 it was refused (the answer says why).');
}

async function send(host: CommandLineHost, path: string, { api, method, body: file }: RequestOptions): Promise<number> {
  if (!/^\/(?!\/)[\x21-\x7e]*$/.test(path)) {
    throw new OrchestraError('USAGE', `"${path}" is no path of the API: it begins with one /, as in /v1/sessions.`);
  }
  if (method === 'GET' && file !== undefined) {
    throw new OrchestraError('USAGE', 'A GET has no body: say with --method what to do with --body, or leave it out.');
  }
  const body = file === undefined ? undefined : await readBody(host, file);
  const request = { method, path, ...(body !== undefined && { body }) };
  const { status, text } = await host.account.request(api, request);
  const shown = prettyJson(text);
  // A program gets it as it is.
  if (shown !== '') await host.stdout.write(`${host.stdout.isTerminal ? safeText(shown) : shown}\n`);
  if (status < 400) return exitCodes.succeeded;
  await host.stderr.write(`${method} ${path} was answered ${status}.\n`);
  return exitCodes.failed;
}

async function readBody(host: CommandLineHost, file: string): Promise<string> {
  if (file === '-') return (await host.readStdin()) ?? '';
  return readNamedFile(host, file);
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
