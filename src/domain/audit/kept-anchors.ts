import { OrchestraError } from '../errors';
import type { StoredPlace } from './verify-chain';

/** The anchors of a file, as ORCHESTRA_AUDIT_ANCHORS keeps them or an export has them: JSON lines. Throws USAGE, naming file and line. */
export function parseAnchors(file: string, text: string): StoredPlace[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.flatMap((line, at) => {
    try {
      const parsed = JSON.parse(line) as Partial<StoredPlace> & { entry?: unknown };
      if (parsed.entry !== undefined || parsed.kind === 'head') return [];
      if (parsed.kind === 'anchor' && typeof parsed.seq === 'number' && typeof parsed.hash === 'string') {
        return [parsed as StoredPlace];
      }
    } catch {
      // Told below.
    }
    throw new OrchestraError(
      'USAGE',
      `${file}:${at + 1} is no anchor: give a file that ORCHESTRA_AUDIT_ANCHORS or an export has made.`,
    );
  });
}
