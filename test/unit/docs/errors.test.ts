import { readFileSync } from 'node:fs';
import { exitCodeOfError } from '../../../src/cli/exit-codes';
import type { ErrorCode } from '../../../src/domain/errors';
import { errorTable } from '../../../src/domain/errors';
import { readPage } from './markdown';

const page = readPage('docs/errors.md');

/** The rows of the page's table. */
function writtenRows(): { code: string; httpStatus: number; retryable: boolean; exitCode: number }[] {
  return [...page.matchAll(/^\| `([A-Z_]+)`\s*\| (\d+)\s*\| (yes|no)\s*\| (\d+)\s*\|$/gm)].map(
    ([, code = '', httpStatus, retryable, exitCode]) => ({
      code,
      httpStatus: Number(httpStatus),
      retryable: retryable === 'yes',
      exitCode: Number(exitCode),
    }),
  );
}

test('the table of the page is the table of the code, in its order', () => {
  const rows = Object.entries(errorTable).map(([code, { httpStatus, retryable }]) => ({
    code,
    httpStatus,
    retryable,
    exitCode: exitCodeOfError(code as ErrorCode),
  }));
  expect(writtenRows()).toEqual(rows);
});

test('who names something that does not exist gives bad input', () => {
  // Artifacts are named by nobody: what they are looked up for has expired.
  const unknown = writtenRows().filter(({ code }) => code.endsWith('_NOT_FOUND') && code !== 'ARTIFACT_NOT_FOUND');
  expect(unknown.length).toBeGreaterThan(15);
  expect(unknown.filter(({ exitCode }) => exitCode !== 2)).toEqual([]);
});

test('every code has a section that explains it and says what to do, and no other code has one', () => {
  const sections = page.split(/^## /m).slice(1);
  const explained = sections.filter((section) => /^[A-Z_]+\n/.test(section));
  expect(explained.map((section) => section.split('\n', 1)[0])).toEqual(Object.keys(errorTable));
  for (const section of explained) {
    expect(section).toContain('\n- Causes: ');
    expect(section).toContain('\n- Do: ');
  }
});

test('the page explains every reason of a task', () => {
  const [, types = ''] = readFileSync('src/domain/session/state.ts', 'utf8').split('export type Reason =');
  const reasons = (types.split('/** What becomes of a run')[0] ?? '').matchAll(/\| '([a-z-]+)'/g);
  const [, said = ''] = page.split('## What a task says');
  const written = (said.split('\n## ')[0] ?? '').matchAll(/^\| (`[^|]+?) +\|/gm);
  const names = [...written].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
  expect(names.sort()).toEqual([...reasons].map(([, reason = '']) => reason).sort());
});
