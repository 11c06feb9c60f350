import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { OrchestraError } from '../domain/errors';
import { waitForLock } from '../embedded/directory-lock';

const storedLogin = z.object({
  token: z.string(),
  workspace: z.string(),
  /** Milliseconds since 1970; null where the API alone knows. */
  expiresAt: z.number().nullable(),
});

const fileSchema = z.object({ logins: z.record(z.string(), storedLogin) });

export type StoredLogin = z.output<typeof storedLogin>;

/** For others who write the file at the same time; each of them takes a moment. */
const patienceMs = 30_000;

/** The logins of a person at APIs, by their addresses, in a file that only its owner can read. All methods throw USAGE where it cannot be used. */
export class LoginFile {
  readonly path: string;

  constructor(environment: NodeJS.ProcessEnv) {
    const base = environment['XDG_CONFIG_HOME'] || join(environment['HOME'] || homedir(), '.config');
    this.path = join(base, 'agent-orchestra', 'logins.json');
  }

  all(): Record<string, StoredLogin> {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
      if (process.platform !== 'win32' && (statSync(this.path).mode & 0o077) !== 0) {
        throw unusable(this.path, 'it can be read by others. Let only its owner read it (chmod 600), or remove it');
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      if (error instanceof OrchestraError) throw error;
      throw unusable(this.path, (error as Error).message, error);
    }
    try {
      return fileSchema.parse(JSON.parse(text)).logins;
    } catch (cause) {
      throw unusable(this.path, 'it is none of ours, or broken. Remove it, and log in again', cause);
    }
  }

  put(api: string, login: StoredLogin): Promise<void> {
    return this.change((logins) => ({ ...logins, [api]: login }));
  }

  /** False where there was none. */
  async remove(api: string): Promise<boolean> {
    if (!Object.hasOwn(this.all(), api)) return false;
    await this.change(({ [api]: _, ...others }) => others);
    return true;
  }

  /** One at a time: of two who read the same logins, the one that writes last would forget that of the other. */
  private async change(toNew: (logins: Record<string, StoredLogin>) => Record<string, StoredLogin>): Promise<void> {
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      const lock = await waitForLock(`${this.path}.lock`, AbortSignal.timeout(patienceMs), () => undefined);
      try {
        this.write(toNew(this.all()));
      } finally {
        lock.release();
      }
    } catch (error) {
      if (error instanceof OrchestraError) throw error;
      throw unusable(this.path, (error as Error).message, error);
    }
  }

  private write(logins: Record<string, StoredLogin>): void {
    // Nobody finds half of it, and it was never readable for others.
    const draft = `${this.path}.draft`;
    // Of one that was killed.
    rmSync(draft, { force: true });
    writeFileSync(draft, `${JSON.stringify({ logins }, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(draft, this.path);
  }
}

function unusable(path: string, why: string, cause?: unknown): OrchestraError {
  return new OrchestraError('USAGE', `The file of logins ${path} cannot be used: ${why}.`, { cause });
}
