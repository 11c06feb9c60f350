import type { LaunchedServer, StartContext } from '../launched-server';
import { launchOnFreePorts, preferredPorts } from '../launch-on-free-ports';
import type { ServerProcess } from '../server-process';
import { buildTemporal } from './build-temporal';
import { downloadTemporal } from './download-temporal';
import { launchTemporal, temporalNamespace } from './launch-temporal';
import { obtainTemporal } from './obtain-temporal';

/** Finds a Temporal executable, and starts the server on the data folder's database. */
export async function startTemporal({ data, options, wishes, record, signal }: StartContext): Promise<LaunchedServer> {
  const { temporalExecutable, environment, onProgress } = options;
  const search = { configuredPath: temporalExecutable ?? null, environment };
  const providers = { download: downloadTemporal, build: buildTemporal };
  const { path: executable, version, source } = await obtainTemporal(search, providers, { onProgress, signal });
  onProgress(`Temporal ${version}: ${executable} (${source}).`);

  const launch = ([port = 0, webUiPort]: number[], launchSignal: AbortSignal): Promise<ServerProcess> =>
    launchTemporal(
      {
        executable,
        environment,
        databaseFile: data.temporalDatabase,
        logFile: data.temporalLog,
        port,
        webUiPort: webUiPort ?? null,
        durability: options.durability ?? 'normal',
        onSpawned({ pid, startTime }) {
          const address = `127.0.0.1:${port}`;
          const webUiUrl = webUiPort === undefined ? null : `http://127.0.0.1:${webUiPort}`;
          const temporal = { pid, startTime, address, namespace: temporalNamespace, webUiUrl, executable, version };
          record.update({ temporal });
        },
      },
      launchSignal,
    );
  const preferred = [preferredPorts('temporal', ...wishes)];
  if (options.headless !== true) preferred.push(preferredPorts('webUi', ...wishes));
  const { ports, first } = await launchOnFreePorts(preferred, (chosen) => launch(chosen, signal));
  return { name: 'Temporal', ports, first, launch: (again) => launch(ports, again) };
}
