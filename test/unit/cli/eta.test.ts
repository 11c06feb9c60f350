import type { SessionForecast } from '../../../src/contracts/ports/session-catalog';
import { etaReport, etaWords, shortEta } from '../../../src/cli/report/eta-words';
import { liveView } from '../../../src/cli/watch/live-view';
import { createStyle } from '../../../src/cli/terminal/style';
import { overviewOf, startTime } from './fixtures';

const known: SessionForecast = { at: startTime, p50: startTime + 250_000, p90: startTime + 423_000, reason: null };
const unknown: SessionForecast = { at: startTime, p50: null, p90: null, reason: 'the session is paused' };
const later = startTime + 10_000;

test('what is left is said in words, as it is now', () => {
  expect(etaWords({ forecast: known }, later)).toBe('about 4m 00s left, at most 6m 53s in nine of ten cases');
  expect(shortEta({ forecast: known }, later)).toBe('~4m 00s');
  expect(etaWords({ forecast: known }, startTime + 300_000)).toMatch(/^about 0.0s left/);
});

test('where nobody can say, the words say why; where nobody has looked, nothing is said', () => {
  expect(etaWords({ forecast: unknown }, later)).toBe('when it ends is not known: the session is paused');
  expect(shortEta({ forecast: unknown }, later)).toBe('-');
  expect(etaWords({ forecast: null }, later)).toBeUndefined();
});

test('JSON has the times, what is left of them, and otherwise the reason', () => {
  expect(etaReport({ forecast: known }, later)).toEqual({
    eta: {
      p50: '2026-03-01T09:04:10.000Z',
      p90: '2026-03-01T09:07:03.000Z',
      at: '2026-03-01T09:00:00.000Z',
      remainingMs: { p50: 240_000, p90: 413_000 },
    },
    etaReason: null,
  });
  expect(etaReport({ forecast: unknown }, later)).toEqual({ eta: null, etaReason: 'the session is paused' });
  expect(etaReport({ forecast: null }, later)).toEqual({ eta: null, etaReason: null });
});

test('the live view shows it above the bar, until the session has ended', () => {
  const frame = { columns: 80, rows: 20, style: createStyle(false) };
  const lines = (parts: Parameters<typeof overviewOf>[0]) =>
    liveView({ overview: overviewOf({ forecast: known, ...parts }), tasks: [], now: later, hints: [] }, frame);
  expect(lines({}).at(-2)).toMatch(/^about 4m 00s left/);
  expect(lines({ endedAt: later }).join('\n')).not.toMatch(/left/);
});
