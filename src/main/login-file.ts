import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { OrchestraError } from '../domain/errors';

const storedLogin = z.object({
  token: z.string(),
  workspace: z.string(),
  /** Milliseconds since 1970; null where the API alone knows. */
  expiresAt: z.number().nullable(),
});

const fileSchema = z.object({ logins: z.record(z.string(), storedLogin) });

export type StoredLogin = z.output<typeof storedLogin>;

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

  put(api: string, login: StoredLogin): void {
    this.write({ ...this.all(), [api]: login });
  }

  /** False where there was none. */
  remove(api: string): boolean {
    const { [api]: removed, ...others } = this.all();
    if (removed) this.write(others);
    return removed !== undefined;
  }

  private write(logins: Record<string, StoredLogin>): void {
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      // Nobody finds half of it, and it was never readable for others.
      const draft = `${this.path}.${process.pid}`;
      writeFileSync(draft, `${JSON.stringify({ logins }, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
      renameSync(draft, this.path);
    } catch (error) {
      throw unusable(this.path, (error as Error).message, error);
    }
  }
}

function unusable(path: string, why: string, cause?: unknown): OrchestraError {
  return new OrchestraError('USAGE', `The file of logins ${path} cannot be used: ${why}.`, { cause });
}
