import fc from 'fast-check';
import type { AttemptProgress } from '../../../src/contracts/ports/connector';
import { parseOutput } from '../../../src/connectors/command/parse-output';
import { createStdoutCollector } from '../../../src/connectors/command/stdout-collector';
import type { OutputFormat } from '../../../src/domain/plan/plan';

const unlimited = Number.MAX_SAFE_INTEGER;

function collect(chunks: Buffer[], format: OutputFormat = 'json', limitBytes = unlimited) {
  const updates: AttemptProgress[] = [];
  const reports: object[] = [];
  const collector = createStdoutCollector({
    format,
    limitBytes,
    progress: (update) => updates.push(update),
    usage: (report) => reports.push(report),
  });
  const accepted = chunks.map((chunk) => collector.push(chunk));
  return { parsed: parseOutput(collector.end(), format), updates, reports, accepted };
}

const outputOf = (text: string, format: OutputFormat = 'json') => collect([Buffer.from(text)], format).parsed;

describe('JSON', () => {
  test.each<[string, string, unknown]>([
    ['one document', '{"a":1}', { a: 1 }],
    ['a pretty-printed document', '{\n  "a": [\n    1,\n    {}\n  ]\n}\n', { a: [1, {}] }],
    ['a bare value', ' "text" \n', 'text'],
    ['null', 'null', null],
    ['a document after other text', 'Reading files\n42\n{"a":1}\n\n', { a: 1 }],
    ['a pretty-printed document after other text', 'Reading files\n{\n  "a": 1\n}\n', { a: 1 }],
    ['the last of several documents', '{"a":1}\n{"a":2}\n', { a: 2 }],
    ['lines that end the Windows way', 'Reading\r\n{"a":1}\r\n', { a: 1 }],
    ['a document with a byte order mark', '\uFEFF{"a":1}', { a: 1 }],
  ])('%s is the output', (_name, text, output) => {
    expect(outputOf(text)).toEqual({ output });
  });

  test.each<[string, string, string]>([
    ['nothing', ' \n', 'stdout is empty'],
    ['plain text', 'All done!', 'stdout is not JSON'],
    ['a document before other text', '{"a":1}\nDone.', 'stdout is not JSON'],
    ['a document that broke off', '{\n  "a": [\n    1,\n    {}', 'stdout is not JSON'],
    ['a document that broke off after a whole one', '{"a":1}\n{"a":', 'stdout is not JSON'],
    ['a number after other text', 'exit code\n0', 'stdout is not JSON'],
  ])('%s is no output', (_name, text, problem) => {
    expect(outputOf(text)).toEqual({ problem });
  });

  test('bytes that are not UTF-8 are no output', () => {
    expect(collect([Buffer.from([0x22, 0xff, 0x22])]).parsed).toEqual({ problem: 'stdout is not UTF-8' });
  });
});

describe('progress lines', () => {
  test('are reported and left out of the output, wherever they stand', () => {
    const text =
      '{"type":"progress","percent":40}\n{\n{"type":"progress","message":"half"}\n"a":1}\n{"type":"progress"}';
    const { parsed, updates } = collect([Buffer.from(text)]);
    expect(parsed).toEqual({ output: { a: 1 } });
    expect(updates).toEqual([{ percent: 40 }, { message: 'half' }, {}]);
  });

  test('keep to what progress can be', () => {
    const lines = ['{"type":"progress","percent":400,"message":7}', '{"type":"progress","percent":-1,"message":"é"}'];
    expect(collect([Buffer.from(lines.join('\n'))]).updates).toEqual([{ percent: 100 }, { percent: 0, message: 'é' }]);
  });

  test('have messages of at most 500 characters', () => {
    const line = JSON.stringify({ type: 'progress', message: 'x'.repeat(600) });
    expect(collect([Buffer.from(line)]).updates[0]?.message).toBe(`${'x'.repeat(499)}…`);
  });

  test.each(['{"type":"result","of":"progress"}', '[{"type":"progress"}]', '{"a":{"type":"progress"}}'])(
    'are not other documents: %s',
    (text) => {
      const { parsed, updates } = collect([Buffer.from(text)]);
      expect(parsed).toEqual({ output: JSON.parse(text) as unknown });
      expect(updates).toEqual([]);
    },
  );

  test('mean nothing in text', () => {
    expect(collect([Buffer.from('{"type":"progress"}\n')], 'text')).toMatchObject({
      parsed: { output: '{"type":"progress"}' },
      updates: [],
    });
  });

  test('do not count towards the limit', () => {
    const progress = Buffer.from('{"type":"progress","percent":1}\n');
    const { accepted, updates, parsed } = collect(
      [...Array.from({ length: 50 }, () => progress), Buffer.from('1')],
      'json',
      40,
    );
    expect(accepted).not.toContain(false);
    expect(updates).toHaveLength(50);
    expect(parsed).toEqual({ output: 1 });
  });
});

test('the limit is passed with the first byte too many', () => {
  const chunks = ['1234', '5', '6'].map((text) => Buffer.from(text));
  expect(collect(chunks, 'text', 5).accepted).toEqual([true, true, false]);
  expect(collect(chunks, 'json', 5).accepted).toEqual([true, true, false]);
});

test('text loses the newline at its end and nothing else', () => {
  expect(outputOf(' a\n\nb\n\n', 'text')).toEqual({ output: ' a\n\nb\n' });
  expect(outputOf('', 'text')).toEqual({ output: '' });
});

test('lines are split at any line end, and the last one begins no further line', () => {
  expect(outputOf('a\r\n\nb\n', 'lines')).toEqual({ output: ['a', '', 'b'] });
  expect(outputOf('a', 'lines')).toEqual({ output: ['a'] });
  expect(outputOf('\n', 'lines')).toEqual({ output: [''] });
  expect(outputOf('', 'lines')).toEqual({ output: [] });
});

describe('for all outputs', () => {
  const text = fc.string({ unit: 'grapheme' });
  const document = fc.oneof(fc.jsonValue(), fc.dictionary(text, text)) as fc.Arbitrary<unknown>;
  const indentation = fc.constantFrom(0, 2, '\t');
  const update = fc.record({ percent: fc.integer({ min: 0, max: 100 }), message: text }, { requiredKeys: [] });
  const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 40 });

  const cutAt = (bytes: Buffer, sizes: number[]): Buffer[] => {
    const chunks: Buffer[] = [];
    let start = 0;
    for (const size of sizes) {
      chunks.push(bytes.subarray(start, start + size));
      start += size;
    }
    return [...chunks, bytes.subarray(start)];
  };

  test('a document between progress lines arrives whole, wherever its bytes are cut', () => {
    fc.assert(
      fc.property(
        document,
        indentation,
        fc.array(update),
        fc.array(update),
        cuts,
        (value, indent, before, after, sizes) => {
          const progress = (updates: AttemptProgress[]) =>
            updates.map((one) => JSON.stringify({ type: 'progress', ...one }));
          const lines = [...progress(before), JSON.stringify(value, null, indent), ...progress(after)];
          const { parsed, updates } = collect(cutAt(Buffer.from(lines.join('\n')), sizes));
          expect(parsed).toEqual({ output: JSON.parse(JSON.stringify(value)) as unknown });
          expect(updates).toEqual([...before, ...after]);
        },
      ),
    );
  });

  test('the cuts never change what is understood, of any bytes and in any format', () => {
    const fragment = fc.constantFrom(
      '{',
      '}',
      '\n',
      '"type":"progress"',
      '{"type":"progress"}',
      ',',
      '[',
      ']',
      '1',
      'é',
      '😀',
      '\r',
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      fc.array(fragment).map((fragments) => Buffer.from(fragments.join(''))),
    );
    fc.assert(
      fc.property(bytes, cuts, fc.constantFrom<OutputFormat>('json', 'text', 'lines'), (all, sizes, format) => {
        const { parsed, updates } = collect(cutAt(all, sizes), format);
        expect({ parsed, updates }).toEqual({
          parsed: collect([all], format).parsed,
          updates: collect([all], format).updates,
        });
      }),
    );
  });
});

test('lines about usage are reports of it, and no part of the output; those of agents that print text are text', () => {
  const text = '{"type":"usage","tokens":5,"model":"m"}\n{"a":1}\n{"type":"usage","tokens":9}';
  expect(collect([Buffer.from(text)])).toMatchObject({
    parsed: { output: { a: 1 } },
    reports: [{ tokens: 5, model: 'm' }, { tokens: 9 }],
  });
  expect(collect([Buffer.from(text)], 'lines')).toMatchObject({ parsed: { output: text.split('\n') }, reports: [] });
});
