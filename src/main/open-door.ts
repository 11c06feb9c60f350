import { OrchestraError } from '../domain/errors';
import { unsignedAudit } from './audit';
import type { Installation } from './installation';
import { localTokenName } from './local-token';
import { isLoopback } from './own-machine';

/** Others than this machine are let in only where somebody has said who they are, and can prove later what they did: the token of `orchestra dev` says nothing. Throws USAGE. */
export async function refuseOpenDoor(
  { apiTokens, agentTokens, configuration }: Pick<Installation, 'apiTokens' | 'agentTokens' | 'configuration'>,
  host: string,
): Promise<void> {
  if (isLoopback(host)) return;
  const unsigned = unsignedAudit(configuration);
  if (unsigned !== undefined) {
    throw new OrchestraError(
      'USAGE',
      `The API does not listen on ${host}, where others reach it, before there is a key for the audit log. ${unsigned}`,
    );
  }
  if (configuration.jwt) return;
  const { workspace } = configuration;
  const [ofPrograms, ofAgents] = await Promise.all([apiTokens.list(workspace), agentTokens.list(workspace)]);
  if (ofAgents.length > 0 || ofPrograms.some(({ name }) => name !== localTokenName)) return;
  throw new OrchestraError(
    'USAGE',
    `The API does not listen on ${host}, where others reach it, before there are keys: make a token with \`orchestra tokens create NAME --role ROLE\` or ` +
      '`orchestra agents tokens create AGENT`, or set ORCHESTRA_JWT_ISSUER and ORCHESTRA_JWT_AUDIENCE.',
  );
}
