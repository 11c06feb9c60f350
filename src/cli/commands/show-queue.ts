import type { WorkerCaches } from '../../contracts/ports/worker-caches';
import type { LinePlace } from '../../contracts/ports/routing-reader';
import { formatElapsed } from '../../domain/duration';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

export function showQueue(
  host: CommandLineHost,
  folder: DataFolder,
  { limit, output }: { limit: number; output: OutputFormat },
): Promise<number> {
  return withInstallation(host, folder, async ({ routing, caches, workspace }) => {
    const found = await routing.line(workspace, limit + 1);
    const places = found.slice(0, limit);
    if (output === 'json') {
      const ofWorkers = (await caches.list(workspace)).map(cacheReport);
      await printJson(host, { waiting: places.map(reportOf), more: found.length > limit, caches: ofWorkers });
    } else if (places.length > 0) await host.stdout.write(`${lines(host, places).join('\n')}\n`);
    else await host.stderr.write('No task waits for an agent.\n');
    if (output === 'text' && found.length > limit) await host.stderr.write('There are more: see --limit.\n');
    return exitCodes.succeeded;
  });
}

function lines(host: CommandLineHost, places: readonly LinePlace[]): string[] {
  const [head = '', ...rows] = formatTable([
    ['SESSION', 'TASK', 'PRIORITY', 'WAITING', 'WHY'],
    ...places.map(({ session, run, priority, since, waitsFor, isGranted }) => [
      session,
      run,
      String(priority),
      formatElapsed(host.now() - since),
      isGranted ? 'It has an agent and is about to start.' : safeLine(waitsFor),
    ]),
  ]);
  return [createStyle(host.stdout.hasColours).dim(head), ...rows];
}

/** How well a worker is served by what it keeps at hand of agents and settings. */
function cacheReport({ worker, asked, read, at }: Awaited<ReturnType<WorkerCaches['list']>>[number]): object {
  const hitRate = asked === 0 ? null : (asked - read) / asked;
  return { worker, asked, read, hitRate, at: new Date(at).toISOString() };
}

function reportOf({ since, place: _, ...run }: LinePlace): object {
  return { ...run, since: new Date(since).toISOString() };
}
