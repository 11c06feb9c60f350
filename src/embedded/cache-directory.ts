import { homedir } from 'node:os';
import path from 'node:path';

/** Where things are kept that every checkout can share: below `$XDG_CACHE_HOME`, or `~/.cache`. */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  const base = environment['XDG_CACHE_HOME'] || path.join(environment['HOME'] || homedir(), '.cache');
  return path.join(base, 'agent-orchestra');
}
