import { noTracing } from '../../../src/contracts/ports/tracing';
import { openTracing } from '../../../src/telemetry/open-tracing';
import { startCollector } from '../../helpers/otlp-collector';

let collector: Awaited<ReturnType<typeof startCollector>>;

beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.close());

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

it('sends spans with their parents, notes and errors, at the latest when it is closed', async () => {
  const tracing = await openTracing(`${collector.url}/`);
  expect(tracing.current()).toBeUndefined();
  const failing = tracing.inSpan(
    'outer',
    { parent, kind: 'server', attributes: { 'orchestra.task': 'fix' } },
    (outer) => {
      expect(tracing.current()).toBe(outer.traceparent);
      return tracing.inSpan('inner', {}, (inner) => {
        inner.note({ attempts: 2 });
        return Promise.reject(new Error('no room'));
      });
    },
  );
  await expect(failing).rejects.toThrow('no room');
  await tracing.close();
  const [inner, outer] = collector.spans;
  expect(outer).toMatchObject({
    name: 'outer',
    kind: 2,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    parentSpanId: 'b7ad6b7169203331',
    attributes: { 'orchestra.task': 'fix' },
    isError: true,
    service: 'agent-orchestra',
  });
  expect(inner).toMatchObject({
    name: 'inner',
    parentSpanId: outer?.spanId,
    attributes: { attempts: 2 },
    isError: true,
  });
});

it.each(['', 'nonsense', '00-00000000000000000000000000000000-b7ad6b7169203331-01', `ff${parent.slice(2)}`])(
  'begins a trace of its own where the parent is "%s"',
  async (wrong) => {
    const tracing = await openTracing(collector.url);
    await tracing.inSpan('alone', { parent: wrong }, () => Promise.resolve());
    await tracing.close();
    expect(collector.spans).toMatchObject([
      { name: 'alone', traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string },
    ]);
    expect(collector.spans[0]?.parentSpanId).toBeUndefined();
  },
);

it('ends the work although the collector is away, and does not fail', async () => {
  const tracing = await openTracing('http://127.0.0.1:9');
  expect(await tracing.inSpan('lost', {}, () => Promise.resolve(7))).toBe(7);
  await tracing.close();
});

it('costs nothing where nothing is traced', async () => {
  expect(await noTracing.inSpan('none', { parent }, ({ traceparent }) => Promise.resolve(traceparent))).toBeUndefined();
  expect(noTracing.current()).toBeUndefined();
});
