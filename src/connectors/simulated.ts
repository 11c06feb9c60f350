import type { AttemptContext, AttemptReport, AttemptRequest, Connector } from '../contracts/ports/connector';
import type { SimulatedAgent, SimulatedLatency, SimulatedVerdict } from '../domain/plan/plan';
import { createRandom } from '../domain/random';
import { abortedReport } from './failure-reports';
import { sleep as timerSleep } from './wait';

export interface SimulatedDependencies {
  /** Waits, and returns early when the signal is aborted. Real timers by default. */
  sleep?: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

/** Below this, an attempt reports its progress only when it starts. */
const shortestSteppedLatencyMs = 100;
const progressSteps = 4;

/** The normal distribution's 90th percentile, in standard deviations. */
const p90Deviations = 1.281_551_565_544_600_4;

/**
 * An agent for rehearsals and demonstrations: it takes its time, then ends as its specification says. All luck is drawn from session, task
 * and attempt, so that the same attempt always comes out the same. An attempt that is rate limited consumes nothing.
 */
export function createSimulatedConnector(dependencies: SimulatedDependencies = {}): Connector<SimulatedAgent> {
  const sleep = dependencies.sleep ?? timerSleep;

  async function run(request: AttemptRequest<SimulatedAgent>, context: AttemptContext): Promise<AttemptReport> {
    const { agent, session, task, attempt } = request;
    // A generator for each purpose: another latency must not change who succeeds.
    const latencyMs = drawLatencyMs(agent.latency, createRandom(session, task, attempt, 'latency'));
    const steps = latencyMs < shortestSteppedLatencyMs ? 1 : progressSteps;
    for (let step = 0; step < steps && !context.signal.aborted; step++) {
      context.progress({ percent: (100 * step) / steps, message: 'simulated work' });
      await sleep(latencyMs / steps, context.signal);
    }
    if (context.signal.aborted) return abortedReport(request.agentName);
    return report(request, drawVerdict(agent, attempt, createRandom(session, task, attempt, 'verdict')));
  }

  return { run };
}

function drawLatencyMs(latency: SimulatedLatency, random: () => number): number {
  switch (latency.kind) {
    case 'fixed':
      return latency.ms;
    case 'uniform':
      return latency.minMs + random() * (latency.maxMs - latency.minMs);
    case 'log-normal': {
      const sigma = Math.log(latency.p90Ms / latency.medianMs) / p90Deviations;
      return latency.medianMs * Math.exp(sigma * drawNormal(random));
    }
  }
}

/** Box–Muller; 1 − u keeps the logarithm away from zero. */
function drawNormal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function drawVerdict(agent: SimulatedAgent, attempt: number, random: () => number): SimulatedVerdict {
  const scripted = agent.script?.[attempt - 1] ?? agent.script?.at(-1);
  return scripted ?? (random() < agent.successRate ? 'succeeded' : 'failed');
}

function report(
  { agent, agentName, attempt }: AttemptRequest<SimulatedAgent>,
  verdict: SimulatedVerdict,
): AttemptReport {
  const evidence = [{ kind: 'script', says: verdict, detail: `simulated ${verdict}` }];
  const usage = verdict === 'rate_limited' ? { tokens: 0, costUsd: 0 } : agent.usage;
  return {
    output: verdict === 'succeeded' ? (agent.output ?? null) : null,
    evidence,
    ...(usage === undefined ? {} : { usage }),
    ...(verdict === 'succeeded'
      ? {}
      : { error: `Agent '${agentName}' simulated the verdict ${verdict} for attempt ${attempt}, as its plan asks.` }),
  };
}
