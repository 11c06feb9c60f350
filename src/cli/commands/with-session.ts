import { OrchestraError } from '../../domain/errors';
import type { Plan } from '../../domain/plan/plan';
import { isSingleTask } from '../../domain/plan/single-task';
import { nothingRuns } from '../open-for-run';
import type { CommandLineHost, DataFolder, Installation, Session } from '../ports';

/** Connects to servers that run, and closes the connections afterwards. Throws SERVER_UNAVAILABLE where none do. */
export async function withInstallation(
  host: CommandLineHost,
  folder: DataFolder,
  use: (installation: Installation) => Promise<number>,
): Promise<number> {
  const installation = await folder.openRunning((message) => void host.stderr.write(`${message}\n`));
  if (!installation) throw nothingRuns(folder);
  try {
    return await use(installation);
  } finally {
    await installation.close();
  }
}

/** The same for one session, named by its id or the beginning of it. Throws SESSION_NOT_FOUND. */
export function withSession(
  host: CommandLineHost,
  folder: DataFolder,
  id: string,
  use: (session: Session, installation: Installation) => Promise<number>,
): Promise<number> {
  return withInstallation(host, folder, async (installation) => use(await installation.client.get(id), installation));
}

/** The same for the session of a task that was submitted by itself. Throws TASK_NOT_FOUND. */
export function withTask(
  host: CommandLineHost,
  folder: DataFolder,
  id: string,
  use: (session: Session, installation: Installation, plan: Plan) => Promise<number>,
): Promise<number> {
  return withInstallation(host, folder, async (installation) => {
    const session = await installation.client.get(id, 'task');
    const { plan } = await session.plan();
    if (isSingleTask(plan)) return use(session, installation, plan);
    throw new OrchestraError(
      'TASK_NOT_FOUND',
      `"${session.id}" is a session of a plan, not a single task. See \`orchestra sessions show ${session.id}\`.`,
    );
  });
}
