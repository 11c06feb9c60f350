/** Who takes part in a trace tells the next one of it by a `traceparent`, as the W3C's Trace Context has it. */
export interface Tracing {
  /** Runs the work as a span: of `parent`, else of the span that it is called in, else of a trace of its own. What it rejects with is noted. */
  inSpan<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** The traceparent of the span that this is called in; undefined outside of any. */
  current(): string | undefined;
}

export interface Span {
  /** For those who go on with the trace elsewhere; undefined where nothing is traced. */
  traceparent: string | undefined;
  /** Adds what is only known later. */
  note(attributes: SpanAttributes): void;
}

export type SpanAttributes = Record<string, string | number | boolean>;

export interface SpanOptions {
  /** `server`: answers a request; `client`: makes one. */
  kind?: 'internal' | 'server' | 'client';
  /** A traceparent. One that is none counts for nothing. */
  parent?: string | undefined;
  attributes?: SpanAttributes;
}

const noSpan: Span = { traceparent: undefined, note: () => undefined };

/** Traces nothing. */
export const noTracing: Tracing = {
  inSpan: (_name, _options, work) => work(noSpan),
  current: () => undefined,
};
