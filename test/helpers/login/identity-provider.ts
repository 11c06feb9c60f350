import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export const audience = 'https://orchestra.example.com/api';

export interface IdentityProvider {
  issuer: string;
  close(): void;
}

/** A real OpenID provider on this machine, at which everybody is Ada at once. `knows`: whether it says her workspace and role. `secret`: of its client, if any. */
export async function startIdentityProvider(knows = true, secret?: string): Promise<IdentityProvider> {
  const program = join(process.cwd(), 'test/helpers/login/identity-provider-main.mjs');
  const child = spawn(process.execPath, [program, ...(knows ? [] : ['--without-claims'])], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...(secret !== undefined && { CLIENT_SECRET: secret }) },
  });
  const [issuer] = (await once(child.stdout, 'data')) as [Buffer];
  return { issuer: issuer.toString().trim(), close: () => void child.kill() };
}
