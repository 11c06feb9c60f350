import type { Summary } from '../statistics';

export interface PeerResult {
  scenario: string;
  /** Milliseconds a session; with several at once, of wall clock over their number. */
  engines: { name: string; ms: Summary }[];
}

/** As Markdown: a row an engine, medians with the least and the most in brackets. */
export function peerTable(results: readonly PeerResult[]): string {
  const names = results[0]?.engines.map(({ name }) => name) ?? [];
  const cell = ({ median, min, max }: Summary): string => `${median.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)})`;
  const rows = names.map((name, at) => [
    name,
    ...results.map(({ engines }) => {
      const measured = engines[at];
      return measured ? cell(measured.ms) : '';
    }),
  ]);
  const header = ['ms a session', ...results.map(({ scenario }) => scenario)];
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
