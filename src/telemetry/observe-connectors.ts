import type { Logger } from 'pino';
import type { Connector, Connectors } from '../contracts/ports/connector';
import type { Tracing } from '../contracts/ports/tracing';
import { judge } from '../domain/judge';
import { agentType } from '../domain/agents/agent-type';
import type { WorkMetrics } from './metrics';

export interface ConnectorObservation {
  metrics: WorkMetrics;
  tracing: Tracing;
  log: Logger;
}

/** Connectors whose attempts are counted, timed, and part of the trace of their session. */
export function observeConnectors<Some extends Partial<Connectors>>(
  connectors: Some,
  observation: ConnectorObservation,
): Some {
  const observed = Object.entries(connectors).map(([name, connector]) => [name, observe(name, connector, observation)]);
  return Object.fromEntries(observed) as Some;
}

function observe(name: string, connector: Connector, { metrics, tracing, log }: ConnectorObservation): Connector {
  return {
    ...connector,
    run: async (request, context) => {
      const { workspace, session, task, attempt, agentName, agent } = request;
      const type = metrics.typeLabel(request.agentType ?? agentType(agent));
      const attributes = { 'orchestra.agent': agentName, 'orchestra.agent.type': type };
      const startedAt = performance.now();
      let result = 'fault';
      try {
        const report = await tracing.inSpan(`connector ${name}`, { kind: 'client', attributes }, (span) =>
          connector.run(request, { ...context, ...(span.traceparent !== undefined && { trace: span.traceparent }) }),
        );
        result = judge(report).verdict;
        return report;
      } finally {
        const seconds = (performance.now() - startedAt) / 1_000;
        metrics.agentResponse.observe({ agent_type: type }, seconds);
        metrics.connectorCalls.inc({ connector: name, result });
        log.info({ workspace, session, task, attempt, agent: agentName, type, result, seconds }, 'Agent answered');
      }
    },
  };
}
