import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { HeldHost, NewHost } from '../contracts/ports/host-store';
import { hostQueue } from '../contracts/protocol/queues';
import { OrchestraError } from '../domain/errors';
import { hasEnded, readStartTime } from '../processes/read-process';
import { hostBeatMs } from '../workers/backstop';
import { createOrchestraWorker } from '../workers/orchestra-worker';
import { superviseWorker } from '../workers/supervise';
import { startAgentDuty } from './agent-duty';
import type { Installation } from './installation';
import { messageOf, quietly } from './report';
import type { Report } from './report';
import { reportProcess } from './report-process';

export interface RunningHost {
  /** Resolves once it takes work. */
  ready: Promise<void>;
  /** Aborted with the reason where another process has become the host. */
  ended: AbortSignal;
  /** Takes no new work, and resolves with what is in flight once that is nothing, or the signal is aborted. */
  drain(signal: AbortSignal): Promise<number>;
  /** Ends what it does; attempts in flight are tried again elsewhere, at no cost of a try. */
  stop(): Promise<void>;
}

export type HostOptions = Omit<NewHost, 'workspace' | 'holder'>;

/** Makes this process a host: runs the attempts of agents that live here. Throws HOST_TAKEN. */
export async function runHost(
  installation: Installation,
  options: HostOptions,
  hostEnvironment: NodeJS.ProcessEnv,
  report: Report,
): Promise<RunningHost> {
  const { hosts, configuration, connection, addresses, payloads } = installation;
  const held: HeldHost = { workspace: configuration.workspace, name: options.name, holder: thisProcess() };
  await hosts.join({ ...held, ...options }, isGone);
  const ended = new AbortController();
  const onError = quietly('Host', report);
  const place = { workspace: held.workspace, host: options.name };
  const duty = startAgentDuty(installation, hostEnvironment, report, { place });
  const takesOn = duty.takesOn.agents && { agents: { ...duty.takesOn.agents, capacity: options.maxConcurrent } };
  const worker = superviseWorker(
    () =>
      createOrchestraWorker({
        connection,
        namespace: addresses.temporal.namespace,
        taskQueue: hostQueue(configuration.taskQueue, held),
        dataConverter: payloads.converter,
        ...takesOn,
      }),
    (error) => report(`Worker: ${messageOf(error)}`),
  );
  const reporter = reportProcess(installation, [`host ${options.name}`], report);
  const beat = setInterval(() => {
    hosts.beat(held).then((isHeld) => {
      if (!isHeld) ended.abort(replaced(options.name));
    }, onError);
  }, hostBeatMs);
  return {
    ready: worker.ready,
    ended: ended.signal,
    drain: async (signal) => {
      await hosts.drain(held);
      let running = await hosts.running(held);
      while (running > 0 && !signal.aborted) {
        await delay(lookMs, undefined, { signal }).catch(() => undefined);
        running = await hosts.running(held);
      }
      return running;
    },
    stop: async () => {
      clearInterval(beat);
      await reporter.stop();
      await hosts.leave(held).catch(onError);
      duty.stopWork();
      await worker.stop();
      await duty.close();
    },
  };
}

/** Between two looks at what a draining host has in flight. */
const lookMs = 200;

/** Tells this process from others, also of other machines, and of this one after a restart. */
function thisProcess(): string {
  return [hostname(), process.pid, readStartTime(process.pid) ?? '', randomUUID()].join(' ');
}

/** Whether the process was one of this machine and has ended. */
function isGone(holder: string): boolean {
  const [machine = '', pid = '', startTime = ''] = holder.split(' ');
  return machine === hostname() && startTime !== '' && hasEnded(Number(pid), startTime);
}

function replaced(name: string): OrchestraError {
  return new OrchestraError('HOST_TAKEN', `Another process has become the host "${name}", so this one ends.`);
}
