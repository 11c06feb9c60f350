import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { healthQueue, learningQueue } from '../../../src/contracts/protocol/queues';
import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import type { JsonObject } from '../../../src/domain/json';
import { startApi } from '../../../src/main/api';
import type { RunningApi } from '../../../src/main/api';
import { readConfiguration } from '../../../src/main/configuration';
import { openInstallation } from '../../../src/main/installation';
import type { Installation } from '../../../src/main/installation';
import { planDocuments } from '../../../src/main/prepare-plan';
import { runWorkers } from '../../../src/main/run-workers';
import type { RunningWorkers, WorkerRole } from '../../../src/main/run-workers';
import { bundleFiles } from '../../../src/main/workflow-bundle';
import { createPool } from '../../../src/stores/pool';
import type { SessionHandle } from '../../../src/client/session-handle';
import { quietRuntime } from '../quiet-runtime';
import { createTestDatabase, requiredVariable } from './test-database';

/** A database and a task queue of its own on the servers that all integration tests share. */
export interface TestInstallation extends Installation {
  /** Of the tests themselves: its statements see the rows of all workspaces. */
  pool: Installation['pool'];
  /** What was reported to the user. */
  reports: string[];
  startWorkers(roles?: WorkerRole[]): Promise<RunningWorkers>;
  /** Serves the HTTP API on a port of its own, or on the one that is given; with another home workspace where one is named. */
  startApi(port?: number, homeWorkspace?: string): Promise<RunningApi>;
  /** Starts a plan file of the disk. */
  startFile(path: string, inputs?: JsonObject): Promise<SessionHandle>;
  start(
    planText: string,
    options?: { inputs?: JsonObject; id?: string; files?: Record<string, string> },
  ): Promise<SessionHandle>;
}

/** Secrets that the servers are entered with. */
export interface Credentials {
  /** Of a role of PostgreSQL that is there. */
  database?: { user: string; password: string };
  temporalKey?: string;
}

export async function openTestInstallation(
  environment: NodeJS.ProcessEnv = {},
  { database: login, temporalKey }: Credentials = {},
): Promise<TestInstallation> {
  quietRuntime();
  const database = await createTestDatabase();
  const { name, url: databaseUrl } = database;
  const anchorFile = join(tmpdir(), `orchestra-anchors-${name}.jsonl`);
  const configuration = readConfiguration({
    ORCHESTRA_TASK_QUEUE: name,
    ORCHESTRA_AUDIT_KEYS: `test:${randomBytes(32).toString('base64')}`,
    ORCHESTRA_AUDIT_ANCHORS: anchorFile,
    ORCHESTRA_RATE_LIMITS: 'off',
    ...environment,
  });
  const reports: string[] = [];
  const report = (message: string): void => void reports.push(message);
  const connectionOptions = {
    address: requiredVariable('TEST_TEMPORAL_ADDRESS'),
    ...(temporalKey !== undefined && { apiKey: temporalKey, tls: false }),
  };
  const addresses = {
    databaseUrl: login ? withLogin(databaseUrl, login) : databaseUrl,
    temporal: { connectionOptions, namespace: 'default' },
    webUiUrl: null,
  };
  const installation = await openInstallation(addresses, configuration, report);
  const pool = createPool(databaseUrl, { maxConnections: 5, asWhoConnects: true });
  const running: RunningWorkers[] = [];
  const apis: RunningApi[] = [];

  return {
    ...installation,
    pool,
    reports,
    startWorkers: async (roles = ['sessions', 'agents']) => {
      const file = bundleFiles[configuration.payloadEncryption === 'off' ? 'plain' : 'encrypting'];
      const bundle = { codePath: join(process.cwd(), 'dist', file) };
      const workers = runWorkers(installation, { roles, bundle, hostEnvironment: process.env, report });
      running.push(workers);
      await workers.ready;
      return workers;
    },
    startApi: async (port = 0, workspace = configuration.workspace) => {
      const served = { ...installation, configuration: { ...configuration, workspace } };
      const api = await startApi(served, { host: '127.0.0.1', port }, report);
      apis.push(api);
      return api;
    },
    startFile: async (file, inputs = {}) => {
      const { plan, hash, baseDirectory } = requirePlan(await readPlan({ file }, (path) => readFile(path, 'utf8')));
      return installation.client.start({ plan, hash, documents: planDocuments(plan), baseDirectory, inputs });
    },
    start: async (planText, { inputs = {}, id, files = {} } = {}) => {
      const readText = (path: string): Promise<string> => {
        const text = files[path];
        return text === undefined ? Promise.reject(new Error(`no file ${path}`)) : Promise.resolve(text);
      };
      const { plan, hash } = requirePlan(await readPlan({ file: 'test.plan.yaml', text: planText }, readText));
      return installation.client.start({
        plan,
        hash,
        documents: planDocuments(plan),
        baseDirectory: tmpdir(),
        inputs,
        ...(id !== undefined && { id }),
      });
    },
    close: async () => {
      await Promise.all(apis.map((api) => api.close()));
      await Promise.all(running.map((workers) => workers.stop()));
      // It would go on, with nobody to do its work.
      for (const schedule of [learningQueue(name), healthQueue(name)]) {
        await installation.temporal.schedule
          .getHandle(schedule)
          .delete()
          .catch(() => undefined);
      }
      await Promise.all([installation.close(), pool.end()]);
      await Promise.all([database.drop(), rm(anchorFile, { force: true })]);
    },
  };
}

function withLogin(url: string, { user, password }: NonNullable<Credentials['database']>): string {
  return Object.assign(new URL(url), { username: user, password }).toString();
}
