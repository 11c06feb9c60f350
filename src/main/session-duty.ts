import { hostname } from 'node:os';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { createSessionActivities } from '../activities/commit-turn';
import { createFirstTurns } from '../activities/first-turns';
import { createOutcomeTurns } from '../activities/outcome-turns';
import { StartedTurns } from '../activities/turn/started-turns';
import { LastTurns } from '../activities/turn/last-turns';
import type { OutcomeTurns } from '../contracts/ports/outcome-turns';
import type { SessionRecord } from '../contracts/ports/turn-store';
import { workflowIdOf } from '../contracts/protocol/ids';
import { sessionMessages } from '../contracts/protocol/session';
import type { SessionEvent } from '../domain/session/events';
import { createAgentDirectory } from '../stores/agent-directory';
import { createAgentMemoryStore } from '../stores/agent-memories';
import { createAgentPresenceStore } from '../stores/agent-presence';
import { createBackstopStore } from '../stores/backstop';
import { createBudgetWaitStore } from '../stores/budget-waits';
import { createConflictStore } from '../stores/conflicts';
import { rehearseTurns } from '../stores/rehearse-turns';
import { createTurnStore } from '../stores/turns';
import { createWorkerCaches } from '../stores/worker-caches';
import { createWaitingLineStore } from '../stores/waiting-line';
import { defaultIntervals, outcomeEvent, startBackstop } from '../workers/backstop';
import { startBreakerKeeper } from '../workers/breaker-keeper';
import { startBudgetKeeper } from '../workers/budget-keeper';
import { startConflictKeeper } from '../workers/conflict-keeper';
import { listenToDatabase, rowsOf, textsOf } from '../workers/database-listener';
import { startLineKeeper } from '../workers/line-keeper';
import { lookWhenWoken } from '../workers/look-when-woken';
import { startWebhookKeeper } from '../workers/webhook-keeper';
import type { Duty } from './duty';
import { endedWorkflows } from './ended-workflows';
import { inlineAttempts } from './inline-attempts';
import { keptConnections } from './installation';
import type { Installation } from './installation';
import { openFunctions } from './open-functions';
import { scheduleActivities } from './schedule-activities';
import { messageSender } from './webhook-sender';
import { startRemoteSweeps } from './remote-sweeps';
import { addCacheMetrics } from '../telemetry/installation-metrics';
import { typesOfAgents } from '../telemetry/agent-types';
import { observeTurns } from '../telemetry/observe-turns';
import { traceTurns, turnTracer } from '../telemetry/trace-activities';
import { messageOf, quietly } from './report';
import type { Report } from './report';

/** So often a worker says how often its caches were asked. */
const cacheReportMs = 5_000;

export interface SessionDuty extends Duty {
  /** Of the sessions whose turns are taken here. */
  outcomeTurns: OutcomeTurns;
}

/** Takes on session workflows and their turns, and runs the backstop. */
export function startSessionDuty(
  installation: Installation,
  bundle: WorkflowBundleOption,
  hostEnvironment: NodeJS.ProcessEnv,
  report: Report,
): SessionDuty {
  const { pool, turnPool, plans, artifacts, breakers, addresses, configuration, temporal, telemetry } = installation;
  const { metrics, log, tracing } = telemetry;
  const directory = createAgentDirectory(pool);
  addCacheMetrics(metrics.registry, directory.counts);

  const signal = async (workspace: string, session: string, events: SessionEvent[]): Promise<boolean> => {
    try {
      await temporal.workflow
        .getHandle(workflowIdOf(workspace, session))
        .signal<[SessionEvent[]]>(sessionMessages.events, events);
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  };
  const isOpen = async (workspace: string, session: string): Promise<boolean> => {
    try {
      const { status } = await temporal.workflow.getHandle(workflowIdOf(workspace, session)).describe();
      return status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  };

  const backstopStore = createBackstopStore(pool);
  // Apart from those of attempts that agent workers do: what takes long there holds up nothing here.
  const functions = openFunctions(configuration, hostEnvironment);
  const last = new LastTurns();
  const started = new StartedTurns();
  const turnWork = {
    turns: observeTurns(
      createTurnStore(turnPool, { retentionDays: configuration.retentionDays, keepAtHand: artifacts.keepAtHand }),
      { metrics, log, typeOf: typesOfAgents(plans, installation.directory) },
    ),
    routed: (seconds: number) => metrics.routingDuration.observe(seconds),
    plans,
    artifacts,
    directory,
    inline: inlineAttempts(installation, directory, functions, report),
    last,
    started,
    tellParent: ({ workspace, parent }: SessionRecord) => {
      if (!parent) return;
      // Best effort: what fails here is found by the backstop.
      void backstopStore
        .outcomeOf(workspace, parent.session, parent.run, parent.attempt)
        .then((outcome) => outcome && signal(workspace, parent.session, [outcomeEvent(outcome)]))
        .catch((error: unknown) => report(`Telling parent session ${parent.session}: ${messageOf(error)}`));
    },
  };
  const activities = createSessionActivities(turnWork);
  const traced = turnTracer(tracing);
  installation.starts.firstTurns = createFirstTurns({ ...turnWork, traced });
  const scheduled = scheduleActivities(installation);
  const lineStore = createWaitingLineStore(pool);
  const keeper = startLineKeeper(
    { store: lineStore, directory, signal, onError: quietly('Waiting line', report) },
    { recheckMs: configuration.leaseMs },
  );
  const budgetKeeper = startBudgetKeeper(
    { store: createBudgetWaitStore(pool), signal, onError: quietly('Budgets', report) },
    { recheckMs: configuration.leaseMs },
  );
  const conflictKeeper = startConflictKeeper(
    { store: createConflictStore(pool), signal, onError: quietly('Conflicts', report) },
    { recheckMs: configuration.leaseMs, patienceMs: defaultIntervals.patienceMs },
  );
  const breakerKeeper = startBreakerKeeper(
    { breakers, policy: configuration.breaker, onError: quietly('Circuit breakers', report) },
    { recheckMs: configuration.leaseMs },
  );
  const webhookKeeper = startWebhookKeeper(
    {
      messages: installation.webhookMessages,
      send: messageSender(configuration),
      onError: quietly('Webhooks', report),
    },
    { recheckMs: configuration.leaseMs, now: Date.now },
  );
  const caches = createWorkerCaches(pool);
  const worker = `${hostname()}/${process.pid}`;
  let reported = 0;
  const reporter = lookWhenWoken(
    async () => {
      const { asked } = directory.counts;
      if (asked !== reported) await caches.report(configuration.workspace, worker, directory.counts);
      reported = asked;
      return cacheReportMs;
    },
    quietly('Counts of caches', report),
  );
  const listener = listenToDatabase(addresses.databaseUrl, {
    channels: {
      orchestra_agents: (payload) => {
        const [workspace, name] = textsOf(payload, 2) ?? [];
        if (workspace !== undefined && name !== undefined) directory.agentChanged({ workspace, name });
        keeper.wake();
      },
      orchestra_room: (payload) => {
        for (const [workspace = '', name = '', running] of rowsOf(payload, 3)) {
          directory.roomChanged({ workspace, name }, Number(running));
        }
        keeper.wake();
      },
      orchestra_learnt: (payload) => {
        const [workspace, name] = textsOf(payload, 2) ?? [];
        if (workspace !== undefined && name !== undefined) directory.recordChanged({ workspace, name });
      },
      orchestra_starts: (payload) => {
        const [account, used] = textsOf(payload, 2) ?? [];
        if (account !== undefined) directory.startsChanged(account, Number(used));
      },
      orchestra_settings: (payload) => {
        const [workspace] = textsOf(payload, 1) ?? [];
        if (workspace !== undefined) directory.settingsChanged(workspace);
        keeper.wake();
        budgetKeeper.wake();
      },
      orchestra_line: () => keeper.wake(),
      orchestra_breakers: () => breakerKeeper.wake(),
      orchestra_budget: () => budgetKeeper.wake(),
      orchestra_webhooks: () => webhookKeeper.wake(),
      orchestra_conflicts: (workspace) => conflictKeeper.wake(workspace),
    },
    onListening: () => {
      directory.forget();
      keeper.wake();
      breakerKeeper.wake();
      budgetKeeper.wake();
      conflictKeeper.wake();
      webhookKeeper.wake();
    },
    onError: quietly('Listening for changes of agents', report),
  });
  const backstop = startBackstop(
    {
      store: backstopStore,
      grants: lineStore,
      artifacts,
      memories: createAgentMemoryStore(pool),
      presence: createAgentPresenceStore(pool),
      agentEvents: breakers,
      signal,
      isOpen,
      endedInTemporal: endedWorkflows(temporal),
      onError: quietly('Backstop', report),
    },
    { ...defaultIntervals, leaseGraceMs: configuration.leaseMs },
  );
  const remoteSweeps = startRemoteSweeps(installation, signal, quietly('Remote agents', report));
  return {
    warm: rehearseTurns(turnPool, keptConnections).catch(quietly('Rehearsal of turns', report)),
    outcomeTurns: createOutcomeTurns({ ...turnWork, last, traced }),
    takesOn: { sessions: { bundle, activities: { ...traceTurns(activities, tracing), ...scheduled } } },
    stopWork: () => {
      delete installation.starts.firstTurns;
    },
    close: async () => {
      const keepers = [keeper, breakerKeeper, budgetKeeper, conflictKeeper, webhookKeeper, remoteSweeps, reporter];
      await Promise.all([backstop, ...keepers, listener].map((one) => one.stop()));
      await functions.functions.close();
    },
  };
}
