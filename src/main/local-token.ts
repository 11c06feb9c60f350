import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiTokenStore } from '../contracts/ports/api-tokens';
import { createApiToken } from './api-tokens';

/** No token that people make has such a name. */
export const localTokenName = '@dev';

const file = 'api-token';

/** It is made anew at each start. */
const lifeMs = 365 * 86_400_000;

/** Makes a token of an administrator for whoever may read the data folder, and ends the one of the start before. Returns the path of its file. */
export async function makeLocalToken(
  store: ApiTokenStore,
  workspace: string,
  dataDirectory: string,
  now: number,
): Promise<string> {
  for (const { id, name } of await store.list(workspace))
    if (name === localTokenName) await store.revoke(workspace, id);
  const { token } = await createApiToken(store, workspace, {
    name: localTokenName,
    role: 'admin',
    expiresAt: now + lifeMs,
  });
  const path = join(dataDirectory, file);
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  // The mode above is for a file that is new.
  chmodSync(path, 0o600);
  return path;
}
