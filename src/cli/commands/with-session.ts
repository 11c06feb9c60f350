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
