import type { Command } from 'commander';
import { OrchestraError } from '../domain/errors';
import { exitCodes } from './exit-codes';
import type { DataFolder, Installation } from './ports';

/** Commands that look and change nothing, by their last word, and processes that stay. All others are kept in the audit log. */
const readingVerbs = new Set(
  (
    'list show watch events insights history search query validate graph schema route queue explain doctor health metrics propose ' +
    'verify export dev worker host api'
  ).split(' '),
);

/** Others that look, whose last words mean a change elsewhere: `learn report` tells something. */
const readingCommands = new Set([
  'sessions report',
  'sessions plan',
  'tasks get',
  'webhooks deliveries',
  'workspaces members',
]);

/** `agents recover NAME` lists what can be done. */
function isReading(words: readonly string[], command: Command): boolean {
  const isList = words.join(' ') === 'agents recover' && command.processedArgs[1] === undefined;
  return isList || readingVerbs.has(words.at(-1) ?? '') || readingCommands.has(words.join(' '));
}

/** What is kept of the arguments: names and ids. Others may be texts, inputs and addresses, which hold secrets at times. */
const namingArguments = new Set([
  'session',
  'task',
  'agent',
  'name',
  'id',
  'key',
  'key=value',
  'file',
  'webhook',
  'what',
]);

interface AuditedCommand {
  action: string;
  target: Record<string, string>;
  reason?: string;
}

/** What a command line does, for the audit log; undefined for one that changes nothing. */
export function auditedCommand(command: Command): AuditedCommand | undefined {
  const words: string[] = [];
  for (let one: Command | null = command; one?.parent; one = one.parent) words.unshift(one.name());
  if (isReading(words, command)) return undefined;
  const given = command.registeredArguments.flatMap((argument, at): [string, string][] => {
    const value: unknown = command.processedArgs[at];
    if (value === undefined || !namingArguments.has(argument.name())) return [];
    return [[argument.name(), [value].flat().map(String).join(' ')]];
  });
  const { reason } = command.opts<{ reason?: unknown }>();
  return {
    action: words.join(' '),
    target: Object.fromEntries(given),
    ...(typeof reason === 'string' && { reason }),
  };
}

/**
 * Keeps one command in the audit log: that it begins, before it is given the servers, and what it came to. Connections stay open until that is
 * written. A command that never comes to servers changes nothing, and is not kept.
 */
export class CommandAudit {
  private installation: Installation | undefined;
  private end: ((end: { code?: string }) => Promise<void>) | undefined;

  constructor(private readonly command: AuditedCommand) {}

  watch(folder: DataFolder): DataFolder {
    return {
      ...folder,
      openRunning: async (report) => this.begin(await folder.openRunning(report)),
      startLocal: async (...given) => this.begin<Installation>(await folder.startLocal(...given)),
    };
  }

  async around(run: () => Promise<number>): Promise<number> {
    try {
      const exitCode = await run();
      await this.end?.(exitCode === exitCodes.succeeded ? {} : { code: `EXIT_${exitCode}` });
      return exitCode;
    } catch (error) {
      await this.end?.({ code: error instanceof OrchestraError ? error.code : 'INTERNAL' });
      throw error;
    } finally {
      await this.installation?.close();
    }
  }

  private async begin<T extends Installation | undefined>(opened: T): Promise<T> {
    if (!opened) return opened;
    // Another try to get at the servers.
    await this.installation?.close();
    this.installation = opened;
    try {
      this.end ??= await opened.audit.begin(this.command);
    } catch (error) {
      await opened.close();
      throw error;
    }
    // Closed for real when the end is written.
    return { ...opened, close: () => Promise.resolve() };
  }
}
