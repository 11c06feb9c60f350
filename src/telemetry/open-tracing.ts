import { AsyncLocalStorage } from 'node:async_hooks';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Context, Span as OtelSpan, SpanContext, Tracer } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Span, SpanOptions, Tracing } from '../contracts/ports/tracing';

export interface OpenTracing extends Tracing {
  /** Sends what has not been sent, for some seconds at most. */
  close(): Promise<void>;
}

/** Its libraries are loaded only where traces are wanted. Sampling, the name of the service, headers and limits are said by OpenTelemetry's own variables. */
export async function openTracing(endpoint: string): Promise<OpenTracing> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  return traceTo(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }));
}

async function traceTo(exporter: SpanExporter): Promise<OpenTracing> {
  const { BasicTracerProvider, BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } =
    await import('@opentelemetry/resources');
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'agent-orchestra' }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const spans = tracingOf(provider.getTracer('agent-orchestra'));
  return { ...spans, close: () => provider.shutdown().catch(() => undefined) };
}

function tracingOf(tracer: Tracer): Tracing {
  const current = new AsyncLocalStorage<OtelSpan>();
  return {
    inSpan: (name, options, work) => {
      const span = tracer.startSpan(
        name,
        { kind: kinds[options.kind ?? 'internal'], attributes: options.attributes ?? {} },
        contextOf(options, current.getStore()),
      );
      return current.run(span, async () => {
        try {
          return await work(asSpan(span));
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          span.setStatus({ code: SpanStatusCode.ERROR, message });
          throw error;
        } finally {
          span.end();
        }
      });
    },
    current: () => {
      const span = current.getStore();
      return span && formatTraceparent(span.spanContext());
    },
  };
}

const kinds = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT };

function contextOf({ parent }: SpanOptions, around: OtelSpan | undefined): Context {
  const remote = parent === undefined ? undefined : parseTraceparent(parent);
  if (remote) return trace.setSpanContext(ROOT_CONTEXT, remote);
  return around ? trace.setSpan(ROOT_CONTEXT, around) : ROOT_CONTEXT;
}

function asSpan(span: OtelSpan): Span {
  return {
    traceparent: formatTraceparent(span.spanContext()),
    note: (attributes) => void span.setAttributes(attributes),
  };
}

function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

function parseTraceparent(text: string): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(text) ?? [];
  const context = {
    traceId,
    spanId,
    traceFlags: parseInt(flags, 16) & TraceFlags.SAMPLED ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  };
  return isSpanContextValid(context) ? context : undefined;
}
