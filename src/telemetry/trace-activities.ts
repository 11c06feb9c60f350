import type { InlineAttempts } from '../contracts/ports/inline-attempts';
import type { RunningInline } from '../contracts/ports/inline-attempts';
import type { SpanAttributes, Tracing } from '../contracts/ports/tracing';
import type {
  AgentActivities,
  RunTaskInput,
  SessionActivities,
  TurnRequest,
  TurnResult,
} from '../contracts/protocol/activities';

/** Turns of sessions that are traced are spans of the start of their session, and what they start is told of them. */
export function traceTurns(activities: SessionActivities, tracing: Tracing): SessionActivities {
  const traced = turnTracer(tracing);
  return { commitTurn: (request) => traced(request, () => activities.commitTurn(request)) };
}

/** The same for a turn, wherever it is taken. */
export function turnTracer(tracing: Tracing) {
  return async <Result extends TurnResult | undefined>(
    { trace, workspace, session, turn }: TurnRequest,
    take: () => Promise<Result>,
  ): Promise<Result> => {
    if (trace === undefined) return take();
    const attributes = { ...sessionAttributes({ workspace, session }), 'orchestra.turn': turn };
    return tracing.inSpan('turn', { parent: trace, attributes }, async (span) => {
      const result = await take();
      return result && { ...result, trace: span.traceparent ?? trace };
    });
  };
}

/** Attempts are spans of the turn that started them. */
export function traceAttempts(activities: AgentActivities, tracing: Tracing): AgentActivities {
  return {
    runTask: async (input) => {
      const { trace } = input;
      if (trace === undefined) return activities.runTask(input);
      const options = { parent: trace, attributes: attemptAttributes(input) };
      let thrown: { error: unknown } | undefined;
      const result = await tracing.inSpan('attempt', options, async (span) => {
        try {
          const ended = await activities.runTask({ ...input, trace: span.traceparent ?? trace });
          span.note({ 'orchestra.verdict': ended.ran ? ended.verdict : 'not-run' });
          return ended;
        } catch (error) {
          // An attempt that waits for its remote agent leaves by an error, which is none.
          if ((error as Error).name !== 'CompleteAsyncError') throw error;
          span.note({ 'orchestra.offered': true });
          thrown = { error };
          return undefined;
        }
      });
      if (thrown) throw thrown.error;
      if (!result) throw new Error('an attempt ends with a result or an error');
      return result;
    },
  };
}

/** The same for those that run in the process which takes the turns. */
export function traceInlineAttempts(inline: InlineAttempts, tracing: Tracing): InlineAttempts {
  return {
    ...inline,
    begin: (input, attempt, known) => {
      if (tracing.current() === undefined) return inline.begin(input, attempt, known);
      let running: RunningInline | undefined;
      const attributes = { ...attemptAttributes(input), 'orchestra.inline': true };
      void tracing.inSpan('attempt', { attributes }, async (span) => {
        running = inline.begin(input, attempt, known);
        const settlement = await running?.ended;
        span.note({ 'orchestra.verdict': settlement?.verdict ?? 'not-run' });
      });
      return running;
    },
  };
}

function sessionAttributes({ workspace, session }: Pick<RunTaskInput, 'workspace' | 'session'>): SpanAttributes {
  return { 'orchestra.workspace': workspace, 'orchestra.session': session };
}

function attemptAttributes(input: RunTaskInput): SpanAttributes {
  return { ...sessionAttributes(input), 'orchestra.task': input.run, 'orchestra.attempt': input.attempt };
}
