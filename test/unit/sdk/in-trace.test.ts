import { trace } from '@opentelemetry/api';
import type { AgentWork } from '../../../src/sdk/agent-work';
import { inTrace } from '../../../src/sdk/in-trace';
import { setUpProgramTracing } from '../../helpers/program-tracing';
import type { ProgramTracing } from '../../helpers/program-tracing';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
const work = {
  ...{ workspace: 'default', session: 's', task: 'work', attempt: 2, token: 7, idempotencyKey: 'k' },
  ...{ prompt: null, input: null, context: {}, timeoutMs: 600_000, leaseMs: 600_000 },
} satisfies AgentWork;

const given = (one: AgentWork): Promise<AgentWork> => inTrace(one, (work) => work);

it('hands the trace on as it came where the program has set up no OpenTelemetry', async () => {
  expect(await given({ ...work, traceparent })).toEqual({ ...work, traceparent });
  expect(await given(work)).toEqual(work);
});

describe('where the program has set up OpenTelemetry', () => {
  let program: ProgramTracing;
  beforeEach(() => (program = setUpProgramTracing()));
  afterEach(() => program.shutDown());

  it('is a span of the trace, which goes on with what the work calls', async () => {
    const seen: unknown[] = [];
    const { traceparent: own } = await inTrace({ ...work, traceparent }, async (one) => {
      seen.push(trace.getActiveSpan()?.spanContext().spanId);
      await Promise.resolve();
      seen.push(trace.getActiveSpan()?.spanContext().spanId);
      return one;
    });
    const [span, ...more] = program.spansOf(traceId);
    const { spanId } = span?.spanContext() ?? {};
    expect(more).toEqual([]);
    expect(span).toMatchObject({
      name: 'agent work',
      parentSpanContext: { spanId: 'b7ad6b7169203331', isRemote: true },
      attributes: { 'orchestra.session': 's', 'orchestra.task': 'work', 'orchestra.attempt': 2 },
      status: { code: 0 },
    });
    expect(seen).toEqual([spanId, spanId]);
    expect(own).toBe(`00-${traceId}-${spanId}-01`);
  });

  it('says what the work failed with', async () => {
    const failed = inTrace({ ...work, traceparent }, () => Promise.reject(new Error('no disk')));
    await expect(failed).rejects.toThrow('no disk');
    expect(program.spansOf(traceId)).toMatchObject([{ ended: true, status: { code: 2, message: 'no disk' } }]);
  });

  it.each([undefined, 'nonsense', `ff${traceparent.slice(2)}`, traceparent.toUpperCase()])(
    'is no span where the trace is %s',
    async (wrong) => {
      const one = { ...work, ...(wrong !== undefined && { traceparent: wrong }) };
      const active = await inTrace(one, (same) => [same, trace.getActiveSpan()]);
      expect(active).toEqual([one, undefined]);
    },
  );
});
