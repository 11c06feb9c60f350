import type { AttemptProgress } from '../../contracts/ports/connector';
import { clipText } from '../../domain/clip-text';

const openingBrace = 0x7b;
const maxMessageLength = 500;

/**
 * The progress that a line of stdout reports, or undefined where it is a line like any other. Progress is a JSON object of type `progress`
 * that begins in the first column and fills the line: `{"type":"progress","percent":40,"message":"…"}`, both fields optional.
 */
export function parseProgressLine(line: Buffer): AttemptProgress | undefined {
  // Nearly every line stops here, before it is decoded.
  if (line[0] !== openingBrace || !line.includes('"progress"')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
  const { type, percent, message } = value as Record<string, unknown>;
  if (type !== 'progress') return undefined;
  return {
    ...(typeof percent === 'number' ? { percent: Math.min(100, Math.max(0, percent)) } : {}),
    ...(typeof message === 'string' ? { message: clipText(message, maxMessageLength) } : {}),
  };
}
