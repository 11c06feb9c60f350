import { hostname } from 'node:os';
import pino from 'pino';
import type { DestinationStream, Logger } from 'pino';
import type { LogLevel } from './log-levels';
import { maskLine } from './mask-line';

/** Names of fields whose values are secrets, wherever they stand two levels deep. */
const secretFields = ['authorization', 'cookie', 'password', 'secret', 'token', 'apiKey', 'databaseUrl'];

/** The log of this process: a JSON object a line, without secrets. `stream`: stderr, but for tests. */
export function createLogger(level: LogLevel, stream: DestinationStream = process.stderr): Logger {
  return pino(
    {
      level,
      base: { process: `${hostname()}/${process.pid}` },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretFields.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '***',
      },
      hooks: { streamWrite: maskLine },
    },
    stream,
  );
}
