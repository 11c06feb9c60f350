import { durationWords, formatElapsed } from '../../../src/domain/duration';
import { displayWidth, fitWidth, padWidth } from '../../../src/cli/terminal/display-width';
import { formatDate } from '../../../src/cli/terminal/format-time';
import { createLiveRegion } from '../../../src/cli/terminal/live-region';
import { safeLine, safeText } from '../../../src/cli/terminal/safe-text';
import { createStyle } from '../../../src/cli/terminal/style';
import { formatTable } from '../../../src/cli/terminal/table';
import { Screen } from './screen';

describe('text of agents', () => {
  test.each([
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['moves of the cursor and erasing', 'a\u001b[2J\u001b[1;1Hb', 'ab'],
    ['window titles', '\u001b]0;owned\u0007title', 'title'],
    ['links', '\u001b]8;;http://evil\u001b\\click\u001b]8;;\u001b\\', 'click'],
    ['the one-byte form of escapes', '\u009b31mred', 'red'],
    ['carriage returns and backspaces', 'safe\rrm -rf\b\b', 'saferm -rf'],
    ['bells and null bytes', 'a\u0007\u0000b', 'ab'],
    ['changes of the direction of writing', 'a\u202eb\u2066c', 'abc'],
  ])('loses %s', (_, hostile, harmless) => {
    expect(safeText(hostile)).toBe(harmless);
  });

  test('never keeps an escape character, however it is cut', () => {
    for (const hostile of ['\u001b', '\u001b[', '\u001b]0;x', 'a\u001b\u001b[3', '\u001b[31', '\u001b\u001b[31m[0m']) {
      expect(safeText(hostile)).not.toMatch(/\p{Cc}/u);
    }
  });

  test('keeps its lines and indentation, and is one line where one is asked for', () => {
    expect(safeText('one\r\n\ttwo\n')).toBe('one\n  two\n');
    expect(safeLine(' one\r\n\ttwo\n')).toBe('one two');
  });
});

describe('columns', () => {
  test('count wide characters twice and accents not at all', () => {
    expect(displayWidth('abc')).toBe(3);
    expect(displayWidth('漢字')).toBe(4);
    expect(displayWidth('e\u0301')).toBe(1);
    expect(displayWidth('🚀')).toBe(2);
  });

  test('are filled up, or cut with an ellipsis, and never exceeded', () => {
    expect(padWidth('ab', 4)).toBe('ab  ');
    expect(fitWidth('abcdef', 4)).toBe('abc…');
    expect(fitWidth('漢字漢字', 4)).toBe('漢…');
    expect(padWidth('漢字漢字', 4)).toBe('漢… ');
    expect(fitWidth('abc', 0)).toBe('');
  });

  test('make a table', () => {
    expect(
      formatTable([
        ['A', 'LONG'],
        ['漢字', 'x'],
        ['b', ''],
      ]),
    ).toEqual(['A     LONG', '漢字  x', 'b']);
  });
});

describe('times', () => {
  test.each([
    [0, '0.0s'],
    [340, '0.3s'],
    [9_960, '10s'],
    [59_400, '59s'],
    [59_600, '1m 00s'],
    [65_000, '1m 05s'],
    [3_600_000, '1h 00m'],
    [26 * 3_600_000, '1d 2h'],
    [-5, '0.0s'],
  ])('%d ms reads %s', (ms, words) => {
    expect(formatElapsed(ms)).toBe(words);
  });

  test.each([
    [28_800_000, '8h'],
    [28_766_700, '7h 59m'],
    [90_000, '90s'],
    [33_300, '33s'],
    [100, '100ms'],
    [0, '0ms'],
  ])('%d ms are said as they were written, or else as they are read: %s', (ms, words) => {
    expect(durationWords(ms)).toBe(words);
  });

  test('a date is local and sorts', () => {
    expect(formatDate(new Date(2026, 2, 1, 9, 5, 7).getTime())).toBe('2026-03-01 09:05:07');
  });
});

describe('the live region', () => {
  test('shows the last frame only, whether it grew or shrank', async () => {
    const screen = new Screen();
    const region = createLiveRegion(screen);
    await region.draw(['one', 'two', 'three']);
    await region.draw(['a much longer one', 'two']);
    await region.draw(['1', '2', '3', '4']);
    expect(screen.text()).toEqual(['1', '2', '3', '4']);
  });

  test('finds its way back when a line is wider than the terminal', async () => {
    const screen = new Screen({ columns: 8, rows: 10 });
    const region = createLiveRegion(screen);
    await region.draw(['wider than eight', 'b']);
    await region.draw(['x', 'y']);
    expect(screen.text()).toEqual(['x', 'y']);
  });

  test('keeps what is printed above it', async () => {
    const screen = new Screen();
    const region = createLiveRegion(screen);
    await region.printAbove('before');
    await region.draw(['one', 'two']);
    await region.printAbove('first notice\nof two lines');
    await region.draw(['three']);
    await region.printAbove('second notice');
    expect(screen.text()).toEqual(['before', 'first notice', 'of two lines', 'second notice', 'three']);
  });

  test('leaves its last frame where it is once it has ended', async () => {
    const screen = new Screen();
    const region = createLiveRegion(screen);
    await region.draw(['last frame']);
    region.end();
    await region.printAbove('summary');
    expect(screen.text()).toEqual(['last frame', 'summary']);
  });
});

test('colours are written only where they are wanted', () => {
  expect(createStyle(false).red('x')).toBe('x');
  expect(createStyle(true).red('x')).toBe('\u001b[31mx\u001b[39m');
  expect(createStyle(true).red('')).toBe('');
});
