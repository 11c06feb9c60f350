import { Context } from '@temporalio/activity';
import { beatMs, createRunningAttempts } from '../activities/attempt/running-attempts';
import { createAgentActivities } from '../activities/run-task';
import type { ProcessGroups } from '../connectors/command/process-groups';
import { createConnectors } from '../connectors/create-connectors';
import type { OutcomeTurns } from '../contracts/ports/outcome-turns';
import type { Place } from '../contracts/ports/agent-recoveries';
import { endProcessGroup } from '../processes/end-process-group';
import { startGuardian } from '../processes/guardian';
import { createAttemptStore } from '../stores/attempts';
import { createRemoteWorkStore } from '../stores/remote-work';
import { createSettingsCache } from '../stores/settings-cache';
import { listenToDatabase, textsOf } from '../workers/database-listener';
import { observeConnectors } from '../telemetry/observe-connectors';
import { traceAttempts } from '../telemetry/trace-activities';
import { attemptSources } from './attempt-sources';
import type { Duty } from './duty';
import type { Installation } from './installation';
import { openFunctions } from './open-functions';
import { startRecovery } from './recovery';
import { quietly } from './report';
import type { Report } from './report';

/**
 * Takes on the attempts of agents, whose processes end with this one; and, of those at the place, what is to be done to have them well. `outcomeTurns`:
 * where turns of sessions are taken in this process as well.
 */
export function startAgentDuty(
  installation: Installation,
  hostEnvironment: NodeJS.ProcessEnv,
  report: Report,
  { place = null, outcomeTurns }: { place?: Place; outcomeTurns?: OutcomeTurns | undefined } = {},
): Duty {
  const { pool, artifacts, configuration, addresses, telemetry } = installation;
  const attempts = createAttemptStore(pool, {
    retentionDays: configuration.retentionDays,
    keepAtHand: artifacts.keepAtHand,
  });
  const running = createRunningAttempts(attempts, { onError: quietly('Leases', report) });
  const settings = createSettingsCache(pool, { asked: 0, read: 0 }, Date.now);
  const listener = listenToDatabase(addresses.databaseUrl, {
    channels: {
      orchestra_cancelled: (payload) => {
        const [workspace, session] = textsOf(payload, 2) ?? [];
        void running.check(workspace !== undefined && session !== undefined ? { workspace, session } : undefined);
      },
      orchestra_recoveries: () => recovery.wake(),
      orchestra_settings: (payload) => {
        const [workspace] = textsOf(payload, 1) ?? [];
        if (workspace !== undefined) settings.changed(workspace);
      },
    },
    onListening: () => {
      settings.forget();
      recovery.wake();
      void running.check();
    },
    onError: quietly('Listening for cancellations', report),
  });
  const guardian = startGuardian();
  const processGroups: ProcessGroups = {
    watch: (pid) => guardian.watch({ pid, signal: 'SIGTERM', graceMs: 5_000 }),
    end: (pid, graceMs) => endProcessGroup(pid, { signal: 'SIGTERM', graceMs }),
  };
  const functions = openFunctions(configuration, hostEnvironment);
  const connectors = observeConnectors(
    createConnectors({ hostEnvironment, now: Date.now, processGroups, ...functions }),
    telemetry,
  );
  const ending = new AbortController();
  const recovery = startRecovery(installation, {
    place,
    connectors,
    processGroups,
    hostEnvironment,
    ending: ending.signal,
    onError: quietly('Recovery of agents', report),
  });
  const activities = createAgentActivities({
    attempts,
    ...attemptSources(installation, settings.of, report),
    running,
    remoteWork: createRemoteWorkStore(pool),
    takeTurnWith:
      outcomeTurns && ((one) => outcomeTurns.take(one, Context.current().info.workflowExecution?.runId ?? '')),
    connectors,
    heartbeat: () => {
      const context = Context.current();
      return () => context.heartbeat();
    },
    taskToken: () => Context.current().info.taskToken,
  });
  return {
    takesOn: {
      agents: {
        activities: traceAttempts(activities, telemetry.tracing),
        capacity: configuration.agentCapacity,
        heartbeatMs: beatMs(configuration.leaseMs),
      },
    },
    stopWork: () => {
      ending.abort();
      running.shutDown();
    },
    close: async () => {
      await listener.stop();
      await recovery.stop();
      await functions.functions.close();
    },
  };
}
