import type { AttemptProgress } from '../../contracts/ports/connector';
import { clipText } from '../../domain/clip-text';

const openingBrace = 0x7b;
const maxMessageLength = 500;

/** What a program says beside its output. */
export type LineMessage = { type: 'progress'; progress: AttemptProgress } | { type: 'usage'; report: object };

/**
 * The message in a line of stdout, or undefined where it is a line like any other. A message is a JSON object of type `progress` or `usage` that
 * begins in the first column and fills the line: `{"type":"progress","percent":40,"message":"…"}`, `{"type":"usage","tokens":1200,"costUsd":0.02}`,
 * all fields but the type optional.
 */
export function parseMessageLine(line: Buffer): LineMessage | undefined {
  // Nearly every line stops here, before it is decoded.
  if (line[0] !== openingBrace || !(line.includes('"progress"') || line.includes('"usage"'))) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
  const { type, ...fields } = value as Record<string, unknown>;
  if (type === 'usage') return { type, report: fields };
  if (type !== 'progress') return undefined;
  const { percent, message } = fields;
  return {
    type,
    progress: {
      ...(typeof percent === 'number' ? { percent: Math.min(100, Math.max(0, percent)) } : {}),
      ...(typeof message === 'string' ? { message: clipText(message, maxMessageLength) } : {}),
    },
  };
}
