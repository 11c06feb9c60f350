import { OrchestraError } from '../domain/errors';
import { list } from '../domain/routing/plain-words';
import type { DataFolder, Installation, Report } from './ports';

export interface OpenedForRun {
  installation: Installation;
  /** Agents run in this process: when it ends, they end. */
  runsAgents: boolean;
}

/**
 * The servers and workers for a run: those that run already, and otherwise ones of its own. Configured servers without workers get workers in
 * this process. A detached run takes nothing that would end with this process. Throws SERVER_UNAVAILABLE and EMBEDDED_START_FAILED.
 */
export async function openForRun(
  folder: DataFolder,
  options: { detach: boolean; report: Report; signal: AbortSignal },
): Promise<OpenedForRun> {
  for (;;) {
    const installation = await connect(folder, options);
    try {
      // Servers of another run that is about to end are none; the next round starts some.
      if (installation.owner !== 'other-run' || options.detach || (await installation.enter())) {
        return { installation, runsAgents: await provideWorkers(installation, folder, options.detach) };
      }
    } catch (error) {
      await installation.close();
      throw error;
    }
    await installation.close();
    options.signal.throwIfAborted();
  }
}

async function connect(
  folder: DataFolder,
  { detach, report, signal }: { detach: boolean; report: Report; signal: AbortSignal },
): Promise<Installation> {
  const running = await folder.openRunning(report);
  if (running) return running;
  if (detach) throw nothingRuns(folder);
  report(
    `Starting servers for this run; an \`orchestra${folder.argument} dev\` in another terminal would keep them ready.`,
  );
  return folder.startLocal('run', report, signal);
}

/** Whether agents run in this process. */
async function provideWorkers(running: Installation, folder: DataFolder, detach: boolean): Promise<boolean> {
  if (running.owner === 'this-process') return true;
  if (running.owner === 'other-run' && detach) {
    throw new OrchestraError(
      'SERVER_UNAVAILABLE',
      `The servers of ${folder.path} belong to a run in process ${running.ownerPid} and end with it. ` +
        `When it has ended, start \`orchestra${folder.argument} dev\`; then a detached run has somebody to go on with.`,
    );
  }
  if (running.owner !== 'configured') return false;
  const missing = await running.missingWorkers();
  if (missing.length === 0) return false;
  if (detach) {
    throw new OrchestraError(
      'SERVER_UNAVAILABLE',
      `No worker takes ${list(missing)} from the configured servers. Start \`orchestra worker\`, or run without --detach.`,
    );
  }
  await running.startWorkers(missing);
  return missing.includes('agents');
}

export function nothingRuns(folder: DataFolder): OrchestraError {
  return new OrchestraError(
    'SERVER_UNAVAILABLE',
    `Nothing runs on the data folder ${folder.path}. Start \`orchestra${folder.argument} dev\` in another terminal, ` +
      'or set ORCHESTRA_TEMPORAL_ADDRESS and DATABASE_URL to use servers that run.',
  );
}
