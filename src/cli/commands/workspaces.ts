import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { workspaceName } from '../../contracts/schemas/workspace-name';
import { givenRoles } from '../../domain/access/roles';
import type { GivenRole } from '../../domain/access/roles';
import { memberNotFound, workspaceExists, workspaceNotFound } from '../../domain/access/workspace-errors';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder, Installation } from '../ports';
import { formatDate } from '../terminal/format-time';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

interface Chosen {
  workspace?: string;
}

/** Who runs a command has the servers, and is an administrator of the installation. */
const by = 'command line';

/** Commands about workspaces, and the people who are their members. */
export function addWorkspacesCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const workspaces = program.command('workspaces').description('workspaces, and who is in them');
  const within = (): Option =>
    new Option('--workspace <name>', 'another one than that of ORCHESTRA_WORKSPACE').argParser(parseName);
  withExamples(
    workspaces
      .command('list')
      .description('list the workspaces that were made')
      .addOption(outputOption())
      .action(action(({ output }: { output: OutputFormat }) => list(host, openDataFolder(), output))),
    ['orchestra workspaces list'],
  );
  withExamples(
    workspaces
      .command('create')
      .description('make a workspace')
      .argument('<name>', 'letters, digits, - and _', parseName)
      .option('--title <title>', 'for people', '')
      .action(action((name: string, { title }: { title: string }) => create(host, openDataFolder(), name, title))),
    [`orchestra workspaces create research --title 'Research'`],
  );
  withExamples(
    workspaces
      .command('members')
      .description('list the people who are members of the workspace')
      .addOption(within())
      .addOption(outputOption())
      .action(action((options: Chosen & { output: OutputFormat }) => listMembers(host, openDataFolder(), options))),
    ['orchestra workspaces members --workspace research'],
  );
  withExamples(
    workspaces
      .command('add-member')
      .description('make somebody a member of the workspace, or give a member another role')
      .argument('<subject>', 'the `sub` of the JWTs of that person')
      .addOption(new Option('--role <role>', 'what that person may do').choices([...givenRoles]).makeOptionMandatory())
      .addOption(within())
      .action(
        action((subject: string, options: Chosen & { role: GivenRole }) =>
          addMember(host, openDataFolder(), subject, options),
        ),
      ),
    ['orchestra workspaces add-member ada@example.org --role user --workspace research'],
  );
  withExamples(
    workspaces
      .command('remove-member')
      .description('let somebody be a member no more')
      .argument('<subject>', 'as `workspaces members` shows it')
      .addOption(within())
      .action(action((subject: string, options: Chosen) => removeMember(host, openDataFolder(), subject, options))),
    ['orchestra workspaces remove-member ada@example.org'],
  );
}

function parseName(text: string): string {
  const parsed = workspaceName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('Take letters, digits, "-" and "_", at most 63.');
}

/** The workspace that is named, which must have been made, or that of the command line. */
async function chosenIn(installation: Installation, { workspace }: Chosen): Promise<string> {
  if (workspace === undefined || workspace === installation.workspace) return installation.workspace;
  if (!(await installation.workspaces.find(workspace))) throw workspaceNotFound(workspace);
  return workspace;
}

function list(host: CommandLineHost, folder: DataFolder, output: OutputFormat): Promise<number> {
  return withInstallation(host, folder, async ({ workspaces }) => {
    const known = await workspaces.list();
    if (output === 'json') {
      const found = known.map((one) => ({ ...one, createdAt: new Date(one.createdAt).toISOString() }));
      await printJson(host, { workspaces: found });
    } else if (known.length === 0) await host.stderr.write('No workspace was made yet.\n');
    else {
      const rows = known.map(({ workspace, title, createdAt }) => [workspace, title, formatDate(createdAt)]);
      await host.stdout.write(`${formatTable([['WORKSPACE', 'TITLE', 'CREATED'], ...rows]).join('\n')}\n`);
    }
    return exitCodes.succeeded;
  });
}

function create(host: CommandLineHost, folder: DataFolder, name: string, title: string): Promise<number> {
  return withInstallation(host, folder, async ({ workspaces }) => {
    if (!(await workspaces.add(name, { title, by }))) throw workspaceExists(name);
    await host.stdout.write(`Workspace ${name} is made.\n`);
    return exitCodes.succeeded;
  });
}

function listMembers(
  host: CommandLineHost,
  folder: DataFolder,
  { output, ...chosen }: Chosen & { output: OutputFormat },
): Promise<number> {
  return withInstallation(host, folder, async (installation) => {
    const workspace = await chosenIn(installation, chosen);
    const members = await installation.workspaces.members(workspace);
    if (output === 'json') {
      const found = members.map((one) => ({ ...one, addedAt: new Date(one.addedAt).toISOString() }));
      await printJson(host, { workspace, members: found });
    } else if (members.length === 0) await host.stderr.write(`Workspace ${workspace} has no members.\n`);
    else {
      const rows = members.map(({ subject, role, addedAt }) => [subject, role, formatDate(addedAt)]);
      await host.stdout.write(`${formatTable([['MEMBER', 'ROLE', 'SINCE'], ...rows]).join('\n')}\n`);
    }
    return exitCodes.succeeded;
  });
}

function addMember(
  host: CommandLineHost,
  folder: DataFolder,
  subject: string,
  { role, ...chosen }: Chosen & { role: GivenRole },
): Promise<number> {
  return withInstallation(host, folder, async (installation) => {
    const workspace = await chosenIn(installation, chosen);
    await installation.workspaces.putMember(workspace, subject, role, by);
    await host.stdout.write(`${subject} is a member of workspace ${workspace}, with the role ${role}.\n`);
    return exitCodes.succeeded;
  });
}

function removeMember(host: CommandLineHost, folder: DataFolder, subject: string, chosen: Chosen): Promise<number> {
  return withInstallation(host, folder, async (installation) => {
    const workspace = await chosenIn(installation, chosen);
    if (!(await installation.workspaces.removeMember(workspace, subject))) throw memberNotFound(workspace, subject);
    await host.stdout.write(`${subject} is a member of workspace ${workspace} no more.\n`);
    return exitCodes.succeeded;
  });
}
