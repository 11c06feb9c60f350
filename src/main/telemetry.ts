import type { Logger } from 'pino';
import { noTracing } from '../contracts/ports/tracing';
import type { Tracing } from '../contracts/ports/tracing';
import { createLogger } from '../telemetry/logger';
import { createMetrics } from '../telemetry/metrics';
import type { WorkMetrics } from '../telemetry/metrics';
import { openTracing } from '../telemetry/open-tracing';
import type { Configuration } from './configuration';

/** What a process tells of its work to those who operate it. */
export interface Telemetry {
  log: Logger;
  metrics: WorkMetrics;
  tracing: Tracing;
  /** Sends what has not been sent. */
  close(): Promise<void>;
}

/** Traces are loaded only where they are wanted. */
export async function openTelemetry({
  logLevel,
  metricsAddress,
  traceEndpoint,
}: Pick<Configuration, 'logLevel' | 'metricsAddress' | 'traceEndpoint'>): Promise<Telemetry> {
  const log = createLogger(logLevel);
  const metrics = createMetrics({ withProcess: metricsAddress !== undefined });
  if (traceEndpoint === undefined) return { log, metrics, tracing: noTracing, close: () => Promise.resolve() };
  const tracing = await openTracing(traceEndpoint);
  return { log, metrics, tracing, close: () => tracing.close() };
}
