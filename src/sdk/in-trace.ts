import type { Span, SpanContext } from '@opentelemetry/api';
import type { AgentWork } from './agent-work';

/**
 * Does the work as a span of its trace, in whatever OpenTelemetry this program has set up: what `run` calls is part of it, and it is given the work with
 * the `traceparent` to go on with. Where the program has set up none, or the work is of no trace, nothing is recorded, and the work is as it came.
 */
export async function inTrace<Result>(
  work: AgentWork,
  run: (work: AgentWork) => Result | Promise<Result>,
): Promise<Result> {
  const { traceparent, session, task, attempt } = work;
  const remote = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  if (!remote) return run(work);
  // Loaded only where there is a trace.
  const { SpanKind, SpanStatusCode, context, trace } = await import('@opentelemetry/api');
  const parent = trace.setSpanContext(context.active(), remote);
  const attributes = { 'orchestra.session': session, 'orchestra.task': task, 'orchestra.attempt': attempt };
  const span = trace
    .getTracer('agent-orchestra')
    .startSpan('agent work', { kind: SpanKind.SERVER, attributes }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () =>
      run({ ...work, traceparent: formatTraceparent(span) }),
    );
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    span.end();
  }
}

/** Undefined for what is none after the W3C's Trace Context. */
function parseTraceparent(text: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
}

function formatTraceparent(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
