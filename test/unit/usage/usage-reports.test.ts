import { judge } from '../../../src/domain/judge';
import { costOfTokens, priceOf, shippedPrices } from '../../../src/domain/usage/prices';
import { UsageReports } from '../../../src/domain/usage/usage-reports';

function read(...given: unknown[]): UsageReports {
  const reports = new UsageReports();
  given.forEach((one) => reports.add(one));
  return reports;
}

const details = (reports: UsageReports): string[] => reports.notes.map(({ detail }) => detail);

describe('a report of usage', () => {
  test('may say any part; the tokens of both kinds add up', () => {
    expect(read({ inputTokens: 2, outputTokens: 3, model: 'm' }).usage).toMatchObject({ tokens: 5, model: 'm' });
    expect(read({ inputTokens: 9, cachedInputTokens: 8 }).usage).toEqual({ inputTokens: 9, cachedInputTokens: 8 });
    expect(read({ costUsd: 0 }).usage).toEqual({ costUsd: 0 });
    expect(read({ inputTokens: 2, costUsd: null }).usage).toEqual({ inputTokens: 2 });
    expect(read().usage).toBeUndefined();
  });

  test('counts where it is the last one: each is of all that was used so far', () => {
    const reports = read({ tokens: 1 }, { tokens: 4 }, { tokens: 4 });
    expect([reports.usage, details(reports)]).toEqual([{ tokens: 4 }, ['3 usage reports, the last one counts']]);
  });

  test.each<[unknown, string]>([
    [{ tokens: -5 }, 'tokens is -5, no whole number from 0 to 1000000000'],
    [{ tokens: 1.5 }, 'tokens is 1.5, no whole number from 0 to 1000000000'],
    [{ tokens: Number.NaN }, 'tokens is NaN, no whole number from 0 to 1000000000'],
    [{ inputTokens: 5, cachedInputTokens: 6 }, 'cachedInputTokens is 6, more than the 5 of inputTokens'],
    [{ outputTokens: '7' }, 'outputTokens is "7", no whole number from 0 to 1000000000'],
    [{ costUsd: -0.1 }, 'costUsd is -0.1, no number from 0 to 10000000'],
    [{ costUsd: Infinity, tokens: 3 }, 'costUsd is Infinity, no number from 0 to 10000000'],
    [{ model: 7 }, 'model is no name'],
    ['much', 'it is no object'],
  ])('that is absurd is ignored as a whole: %j', (report, fault) => {
    const reports = read({ tokens: 3 }, report, report);
    expect(reports.usage).toEqual({ tokens: 3 });
    expect(details(reports)).toEqual([`2 usage reports ignored: ${fault}`]);
  });

  test('never decides what an attempt came to', () => {
    const { notes } = read({ tokens: -1 });
    const exit = (says: 'succeeded' | 'failed') => ({ kind: 'exit-code', says, detail: 'exit' });
    expect(judge({ evidence: [exit('succeeded'), ...notes] }).verdict).toBe('succeeded');
    expect(judge({ evidence: [exit('failed'), ...notes] })).toMatchObject({
      verdict: 'failed',
      error: 'exit-code: exit',
    });
    expect(judge({ evidence: notes }).error).toContain('no evidence');
  });
});

describe('a report of how an agent worked', () => {
  it('names tools, files and messages, and keeps as much of them as can be compared', () => {
    const work = { tools: ['read', 'edit', 'edit'], filesChanged: ['src/a.ts', 'src/a.ts'], messages: 12 };
    expect(read({ model: 'm', ...work }).usage).toEqual({ model: 'm', ...work, filesChanged: ['src/a.ts'] });
    const long = read({ tools: Array<string>(600).fill('x'.repeat(200)) }).usage?.tools;
    expect([long?.length, long?.[0]?.length]).toEqual([500, 100]);
  });

  it.each([{ tools: 'edit' }, { tools: [1] }, { filesChanged: [''] }, { messages: 1.5 }])(
    'is ignored as %j',
    (fault) => {
      expect(read({ tokens: 3, ...fault }).usage).toBeUndefined();
    },
  );
});

describe('a price', () => {
  const prices = { 'm-1': { inputUsd: 3, outputUsd: 15 }, 'm-1-mini': { inputUsd: 1, outputUsd: 2 } };

  test.each([
    ['m-1', 3],
    ['vendor/m-1', 3],
    ['m-1-20260930', 3],
    ['m-1-2026-09-30', 3],
    ['m-1-mini-latest', 1],
    ['m-1-large', undefined],
    ['m', undefined],
    ['constructor', undefined],
  ])('of the model %s is found', (model, inputUsd) => {
    expect(priceOf(model, prices)?.inputUsd).toBe(inputUsd);
  });

  test('makes a cost of tokens, up to the next millionth; tokens that are not told apart cost what the dearer ones do', () => {
    expect(costOfTokens({ model: 'm-1', inputTokens: 1_000_000, outputTokens: 100_000 }, prices)).toBe(4.5);
    expect(costOfTokens({ model: 'm-1', inputTokens: 0, outputTokens: 0 }, prices)).toBe(0);
    expect(costOfTokens({ model: 'm-1-mini', inputTokens: 1, outputTokens: 1 }, prices)).toBe(0.000003);
    expect(costOfTokens({ model: 'm-1', tokens: 1_000_000 }, prices)).toBe(15);
    expect(costOfTokens({ model: 'm-1' }, prices)).toBeUndefined();
    expect(costOfTokens({ tokens: 5 }, prices)).toBeUndefined();
  });

  test('that ships is that of a model, for what it reads and what it writes', () => {
    const all = Object.values(shippedPrices);
    expect(all.length).toBeGreaterThan(10);
    expect(all.every(({ inputUsd, outputUsd }) => inputUsd > 0 && outputUsd >= inputUsd)).toBe(true);
  });
});
