import { Client } from 'pg';
import { probeSilenceMs } from '../domain/database-away';

export interface DatabaseListenerOptions {
  /** What to do with the payload of a notification, by channel. */
  channels: Readonly<Record<string, (payload: string) => void>>;
  /** Called whenever it listens (again): what was said before that was missed. */
  onListening(): void;
  onError(error: unknown): void;
}

/** Hears notifications of PostgreSQL within milliseconds. Reconnects by itself. */
export function listenToDatabase(
  databaseUrl: string,
  { channels, onListening, onError }: DatabaseListenerOptions,
): { stop(): Promise<void> } {
  let stopped = false;
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;

  const connect = async (): Promise<void> => {
    if (stopped) return;
    client = new Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: probeSilenceMs,
    });
    client.on('notification', ({ channel, payload }) => channels[channel]?.(payload ?? ''));
    client.on('error', () => undefined);
    client.on('end', again);
    try {
      await client.connect();
      await client.query(
        Object.keys(channels)
          .map((channel) => `LISTEN ${channel}`)
          .join('; '),
      );
      onListening();
    } catch (error) {
      // Who ends it does not wait until it listens.
      if (!stopped) onError(error);
      again();
    }
  };
  const again = (): void => {
    if (stopped || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      void connect();
    }, 500);
    timer.unref();
  };
  void connect();

  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}

/** The texts of a payload that is a JSON array of them; undefined where it is not. */
export function textsOf(payload: string, count: number): string[] | undefined {
  const parts = jsonOf(payload);
  return areTexts(parts, count) ? parts : undefined;
}

/** The rows of a payload that is a JSON array of arrays of texts; none where it is not. */
export function rowsOf(payload: string, count: number): string[][] {
  const rows = jsonOf(payload);
  return Array.isArray(rows) ? rows.filter((row) => areTexts(row, count)) : [];
}

function areTexts(parts: unknown, count: number): parts is string[] {
  return Array.isArray(parts) && parts.length === count && parts.every((part) => typeof part === 'string');
}

function jsonOf(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}
