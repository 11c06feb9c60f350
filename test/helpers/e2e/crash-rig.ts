import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionHandle } from '../../../src/client/session-handle';
import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import type { JsonObject } from '../../../src/domain/json';
import { readConfiguration } from '../../../src/main/configuration';
import { openInstallation } from '../../../src/main/installation';
import type { Installation } from '../../../src/main/installation';
import { createPool } from '../../../src/stores/pool';
import { planDocuments } from '../../../src/main/prepare-plan';
import type { WorkerRole } from '../../../src/main/run-workers';
import { startOwner } from '../../embedded/owner-process';
import type { OwnerProcess } from '../../embedded/owner-process';
import { quietRuntime } from '../quiet-runtime';
import { createTestDatabase, requiredVariable } from '../servers/test-database';
import type { TestDatabase } from '../servers/test-database';
import { until } from '../until';
import { AgentTraces } from './agent-traces';
import { startWorkerProcess } from './worker-process';
import type { WorkerFault, WorkerOptions, WorkerProcess } from './worker-process';

export interface RigOptions {
  /** `own` servers, in a process of their own, can be killed; the `shared` ones serve all tests. Default shared. */
  servers?: 'shared' | 'own';
  /** `ORCHESTRA_*` variables of workers and client. */
  environment?: Record<string, string>;
}

/** A plan in which the agents `free` and `held` (see agent.cjs) are known, and nothing is tried twice unless it says so. */
export interface RigPlan {
  tasks: JsonObject;
  agents?: JsonObject;
  defaults?: JsonObject;
  inputs?: JsonObject;
  outputs?: JsonObject;
  concurrency?: number;
}

/** An installation whose servers, workers and agents are processes that a test can kill. The test process holds only its client. */
export class CrashRig {
  readonly traces = new AgentTraces();
  /** The client side; made anew when servers of the rig's own were started again. */
  installation!: Installation;
  private isConnected = false;
  /** The process that keeps the rig's own servers running. */
  owner: OwnerProcess | undefined;
  private readonly workers: WorkerProcess[] = [];
  private readonly name = `test_${randomBytes(6).toString('hex')}`;
  private readonly environment: Record<string, string>;
  private dataDirectory: string | undefined;
  /** On the shared servers. */
  private database: TestDatabase | undefined;

  private constructor(private readonly options: RigOptions) {
    this.environment = {
      ORCHESTRA_TASK_QUEUE: this.name,
      // Short, so that a lost worker is noticed soon; and long enough for one that only waits for a busy machine.
      ORCHESTRA_LEASE_MS: '4000',
      ...options.environment,
    };
  }

  static async open(options: RigOptions = {}): Promise<CrashRig> {
    quietRuntime();
    const rig = new CrashRig(options);
    if (options.servers === 'own') {
      rig.dataDirectory = mkdtempSync(join(tmpdir(), 'orchestra-crash-'));
      chmodSync(rig.dataDirectory, 0o755);
      await rig.startServers();
    } else {
      rig.database = await createTestDatabase('migrated', rig.name);
      await rig.connect();
    }
    return rig;
  }

  /** Starts the rig's own servers on its data folder, and connects to them. */
  async startServers(): Promise<void> {
    if (this.dataDirectory === undefined) throw new Error('this rig is on shared servers');
    this.owner = await startOwner({ dataDirectory: this.dataDirectory, headless: true });
    await this.connect();
  }

  /** `environment`: variables of this one alone. */
  async startWorker(
    roles: WorkerRole[],
    { fault, environment }: { fault?: WorkerFault; environment?: Record<string, string> } = {},
  ): Promise<WorkerProcess> {
    const worker = await startWorkerProcess({
      addresses: this.addresses,
      environment: { ...this.environment, ...environment },
      roles,
      bundle: { codePath: join(process.cwd(), 'dist/workflow-bundle.js') },
      ...(fault && { fault }),
    });
    this.workers.push(worker);
    return worker;
  }

  /** Starts a session. `files`: further plans by name, that tasks refer to as `./name`. */
  async start(plan: RigPlan, files: Record<string, RigPlan> = {}, inputs: JsonObject = {}): Promise<SessionHandle> {
    const texts = new Map(Object.entries(files).map(([name, child]) => [name, this.planText(child, 'child')]));
    const readText = async (path: string): Promise<string> => {
      const text = texts.get(path);
      if (text === undefined) throw new Error(`no file ${path}`);
      return Promise.resolve(text);
    };
    const text = this.planText(plan, 'crash');
    const read = requirePlan(await readPlan({ file: 'crash.plan.yaml', text }, readText));
    const documents = planDocuments(read.plan);
    return this.installation.client.start({
      plan: read.plan,
      hash: read.hash,
      documents,
      baseDirectory: tmpdir(),
      inputs,
    });
  }

  /** SIGKILL to servers, their owner, workers, agents and all guardians, at once. */
  async killEverything(): Promise<void> {
    const { owner } = this;
    if (!owner) throw new Error('this rig is on shared servers');
    this.owner = undefined;
    await this.disconnect();
    process.kill(owner.guardianPid, 'SIGKILL');
    owner.child.kill('SIGKILL');
    const workers = this.workers.map((worker) => worker.killWithGuardian());
    for (const pid of [owner.temporalPid, owner.postgresPid]) process.kill(pid, 'SIGKILL');
    this.traces.kill();
    await Promise.all(workers);
    await until('no agent lives', () => this.traces.living().length === 0);
  }

  /** Ends everything. */
  async close(): Promise<void> {
    this.traces.openGate('all');
    await Promise.all(
      this.workers.map((worker) => {
        worker.resume();
        return worker.kill();
      }),
    );
    await this.disconnect();
    this.traces.clear();
    await this.database?.drop();
    await this.owner?.stop();
    if (this.dataDirectory !== undefined)
      rmSync(this.dataDirectory, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }

  private async connect(): Promise<void> {
    const configuration = readConfiguration(this.environment);
    const addresses = { ...this.addresses, webUiUrl: null };
    const installation = await openInstallation(addresses, configuration, () => undefined);
    // Of the tests themselves: its statements see the rows of all workspaces.
    const pool = createPool(addresses.databaseUrl, { maxConnections: 5, asWhoConnects: true });
    const close = async (): Promise<void> => void (await Promise.all([installation.close(), pool.end()]));
    this.installation = { ...installation, pool, close };
    this.isConnected = true;
  }

  private async disconnect(): Promise<void> {
    if (!this.isConnected) return;
    this.isConnected = false;
    await this.installation.close();
  }

  private get addresses(): WorkerOptions['addresses'] {
    const { owner, database } = this;
    if (owner) return { databaseUrl: owner.databaseUrl, temporal: at(owner.address) };
    if (!database) throw new Error("the rig's own servers do not run");
    return { databaseUrl: database.url, temporal: at(requiredVariable('TEST_TEMPORAL_ADDRESS')) };
  }

  /** JSON is YAML. */
  private planText({ agents, defaults, ...rest }: RigPlan, name: string): string {
    const { traces } = this;
    return JSON.stringify({
      version: 1,
      name,
      agents: {
        free: { connector: 'command', command: traces.command('free'), stdin: 'none' },
        held: { connector: 'command', command: traces.command('held'), stdin: 'none' },
        ...agents,
      },
      defaults: { retry: { attempts: 1, initialInterval: '1ms' }, ...defaults },
      ...rest,
    });
  }
}

function at(address: string): WorkerOptions['addresses']['temporal'] {
  return { connectionOptions: { address }, namespace: 'default' };
}
