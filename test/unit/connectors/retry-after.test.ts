import { parseRetryAfterMs } from '../../../src/connectors/http/retry-after';

const nowMs = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');

test.each<[string | undefined, number | undefined]>([
  ['0', 0],
  [' 120 ', 120_000],
  ['Wed, 21 Oct 2026 07:28:30 GMT', 30_000],
  ['Wed, 21 Oct 2020 07:28:00 GMT', 0],
  [undefined, undefined],
  ['', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['2026', 2_026_000],
  ['2026-10-21', undefined],
  ['99999999999999999999', undefined],
])('Retry-After %j asks for %j ms', (header, expected) => {
  expect(parseRetryAfterMs(header, nowMs)).toBe(expected);
});
