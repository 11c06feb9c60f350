import type { Pool } from 'pg';
import { createSessionActivities } from '../../src/activities/commit-turn';
import type { AgentDirectory } from '../../src/contracts/ports/agent-directory';
import type { ArtifactStore } from '../../src/contracts/ports/artifact-store';
import type { AttemptStore } from '../../src/contracts/ports/attempt-store';
import type { BackstopStore } from '../../src/contracts/ports/backstop-store';
import type { ConflictStore } from '../../src/contracts/ports/conflict-store';
import type { PlanStore } from '../../src/contracts/ports/plan-store';
import type { NewSession, SessionCatalog } from '../../src/contracts/ports/session-catalog';
import type { WaitingLineStore } from '../../src/contracts/ports/waiting-line-store';
import type { TurnStore } from '../../src/contracts/ports/turn-store';
import type { SessionActivities } from '../../src/contracts/protocol/activities';
import type { SessionSettings } from '../../src/contracts/protocol/session';
import { readPlan, requirePlan } from '../../src/contracts/schemas/read-plan';
import type { JsonObject } from '../../src/domain/json';
import { progressOf } from '../../src/domain/session/progress';
import { initialState } from '../../src/domain/session/state';
import { planDocuments, preparePlan } from '../../src/main/prepare-plan';
import { createAgentDirectory } from '../../src/stores/agent-directory';
import { createArtifactStore } from '../../src/stores/artifacts';
import { createAttemptStore } from '../../src/stores/attempts';
import { createBackstopStore } from '../../src/stores/backstop';
import { createConflictStore } from '../../src/stores/conflicts';
import { migrate } from '../../src/stores/migrate';
import { createPlanStore } from '../../src/stores/plans';
import { createPool } from '../../src/stores/pool';
import { createSessionCatalog } from '../../src/stores/sessions';
import { createTurnStore } from '../../src/stores/turns';
import { createWaitingLineStore } from '../../src/stores/waiting-line';
import { createTestDatabase } from '../helpers/servers/test-database';
import { SessionDriver } from './session-driver';

/** All stores over a database of their own, and the turns of a session worker, without Temporal. */
export interface TestStores {
  databaseUrl: string;
  pool: Pool;
  /** Sees what the program sees. */
  walled: Pool;
  /** All that the stores use. */
  pools: readonly Pool[];
  artifacts: ArtifactStore;
  attempts: AttemptStore;
  backstop: BackstopStore;
  catalog: SessionCatalog;
  plans: PlanStore;
  turns: TurnStore;
  activities: SessionActivities;
  directory: AgentDirectory;
  line: WaitingLineStore;
  conflicts: ConflictStore;
  /** The attempts as another agent worker sees them. */
  newAttemptStore(): AttemptStore;
  /** Ids of the parents that child sessions have told of their end. */
  toldParents: string[];
  /** Stores the plan; the session is still to be added. */
  newSession(planText: string, options?: SessionOptions): Promise<NewSession>;
  /** Adds a session of the plan; its turns are taken by the driver. */
  addSession(planText: string, options?: SessionOptions): Promise<SessionDriver>;
  /** Takes the turns of a session that is there already: a child session. */
  driverOf(id: string): SessionDriver;
  /** Makes leases of the session look as if nobody had extended them in their time, however young the server is. */
  expireLeases(session: SessionDriver, run?: string): Promise<void>;
  close(): Promise<void>;
}

interface SessionOptions {
  id?: string;
  inputs?: JsonObject;
  files?: Record<string, string>;
  workspace?: string;
}

export const testWorkspace = 'default';

const settings: SessionSettings = {
  taskQueue: 'test',
  leaseMs: 30_000,
  grantMs: 60_000,
  searchAttributes: false,
  continueAfterEvents: 2_500,
};

export async function openTestStores(): Promise<TestStores> {
  const database = await createTestDatabase();
  await migrate(database.url);
  const walled = createPool(database.url, { maxConnections: 10 });
  // Of the tests themselves: its statements see the rows of all workspaces.
  const pool = createPool(database.url, { maxConnections: 10, asWhoConnects: true });
  const turnPool = createPool(database.url, { maxConnections: 10 });
  const pools = [pool, walled, turnPool];
  const artifacts = createArtifactStore(walled, { retentionDays: 30 });
  const plans = createPlanStore(walled, preparePlan);
  const catalog = createSessionCatalog(walled, { artifacts, retentionDays: 30 });
  const turns = createTurnStore(turnPool, { retentionDays: 30 });
  const directory = createAgentDirectory(walled);
  const toldParents: string[] = [];
  const tellParent = ({ parent }: { parent?: { session: string } }): void =>
    void toldParents.push(parent?.session ?? '');
  const activities = createSessionActivities({ turns, plans, artifacts, directory, tellParent });
  const newAttemptStore = (): AttemptStore => createAttemptStore(walled, { retentionDays: 30 });
  let sessions = 0;
  const newSession: TestStores['newSession'] = async (
    planText,
    { id = `session-${++sessions}`, inputs = {}, files = {}, workspace = testWorkspace } = {},
  ) => {
    const readText = (path: string): Promise<string> => Promise.resolve(files[path] ?? '');
    const { plan, hash } = requirePlan(await readPlan({ file: 'test.plan.yaml', text: planText }, readText));
    await plans.put(workspace, planDocuments(plan));
    const { index } = await plans.load(workspace, hash);
    return {
      workspace,
      id,
      planName: plan.name,
      planHash: hash,
      inputs,
      baseDirectory: '/',
      mode: 'full_autonomous',
      settings,
      progress: progressOf(index, initialState(index, id, 0)),
    };
  };

  return {
    databaseUrl: database.url,
    pool,
    walled,
    pools,
    artifacts,
    attempts: newAttemptStore(),
    newAttemptStore,
    backstop: createBackstopStore(walled),
    catalog,
    plans,
    turns,
    activities,
    directory,
    line: createWaitingLineStore(walled),
    conflicts: createConflictStore(walled),
    toldParents,
    newSession,
    addSession: async (planText, options = {}) => {
      const session = await newSession(planText, options);
      await catalog.add(session);
      return new SessionDriver(activities, session.workspace, session.id);
    },
    driverOf: (id) => new SessionDriver(activities, testWorkspace, id),
    expireLeases: async ({ id }, run) => {
      await pool.query(
        `UPDATE leases SET expires_at = now() - interval '1 ms' WHERE session = $1 AND ($2::text IS NULL OR run = $2)`,
        [id, run],
      );
      await pool.query(`UPDATE sessions SET settings = settings || '{"leaseMs": 0}' WHERE id = $1`, [id]);
    },
    close: async () => {
      await Promise.all(pools.map((each) => each.end()));
      await database.drop();
    },
  };
}
