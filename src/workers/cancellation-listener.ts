import { Client } from 'pg';

/**
 * Calls `onCancelled` whenever a session cancels leases, within milliseconds, and without one when it may have missed some. Reconnects by itself; what was missed in between
 * is found with the next extension of the leases.
 */
export function listenForCancellations(
  databaseUrl: string,
  {
    onCancelled,
    onError,
  }: { onCancelled: (session?: { workspace: string; session: string }) => void; onError: (error: unknown) => void },
): { stop(): Promise<void> } {
  let stopped = false;
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;

  const connect = async (): Promise<void> => {
    if (stopped) return;
    client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000, keepAlive: true });
    client.on('notification', ({ payload }) => onCancelled(parseSession(payload)));
    client.on('error', () => undefined);
    client.on('end', again);
    try {
      await client.connect();
      await client.query('LISTEN orchestra_cancelled');
      onCancelled();
    } catch (error) {
      onError(error);
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

function parseSession(payload: string | undefined): { workspace: string; session: string } | undefined {
  try {
    const [workspace, session] = JSON.parse(payload ?? '[]') as unknown[];
    return typeof workspace === 'string' && typeof session === 'string' ? { workspace, session } : undefined;
  } catch {
    return undefined;
  }
}
