import { createDisplay } from '../../../src/cli/watch/display';
import type { CommandLineHost, Output } from '../../../src/cli/ports';

const url = 'http://127.0.0.1:8233/namespaces/default/workflows/default%2Fhello-k3f9x2';

/** What is on a terminal of that width before the session is watched. */
function begunOn(columns: number): string {
  let written = '';
  const output: Output = {
    write: async (text) => void (written += text),
    isTerminal: true,
    hasColours: false,
    size: () => ({ columns, rows: 24 }),
    failure: () => undefined,
  };
  const display = createDisplay({ stdout: output, stderr: output } as CommandLineHost, output);
  display.begin({ id: 'hello-k3f9x2', url, interruptHint: 'Ctrl-C cancels the session' });
  return written;
}

test('a link that is wider than the terminal stands above the view, whole', () => {
  expect(begunOn(40)).toContain(`Temporal Web UI: ${url}\n`);
});

test('a link that fits is for the view', () => {
  expect(begunOn(120)).toBe('');
});
