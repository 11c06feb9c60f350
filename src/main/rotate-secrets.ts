import type { Installation } from './installation';

/** Encrypts all secrets of the workspace with the first of the keys; resolves with how many had another one, when the request of the `seed` came first. */
export async function rotateSecrets(
  { agentSecrets, webhooks }: Pick<Installation, 'agentSecrets' | 'webhooks'>,
  workspace: string,
  seed?: string,
): Promise<number> {
  // Receivers have secrets under the same keys, which would be lost with the old one.
  return (await agentSecrets.rotate(workspace, seed)) + (await webhooks.rotate(workspace, seed));
}
