import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const made: string[] = [];

/** An empty folder that other users can enter (PostgreSQL's user, when the tests run as root). */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'orchestra-embedded-'));
  chmodSync(directory, 0o755);
  made.push(directory);
  return directory;
}

export function removeTemporaryDirectories(): void {
  // Children of a server that was killed may write there for a moment longer.
  const options = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 };
  for (const directory of made.splice(0)) rmSync(directory, options);
}
