import { didYouMean } from '../did-you-mean';
import { OrchestraError } from '../errors';

export function unknownSecret(agent: string, name: string, known: Iterable<string>): OrchestraError {
  return new OrchestraError(
    'SECRET_NOT_FOUND',
    `Agent "${agent}" has no secret "${name}"${didYouMean(name, known)}. Set it with \`orchestra agents secrets set ${agent} ${name}\`, its value on stdin.`,
  );
}

/** `because` never says anything of the value. */
export function unreadableSecret(agent: string, name: string, because: string): OrchestraError {
  return new OrchestraError(
    'SECRET_UNREADABLE',
    `Secret "${name}" of agent "${agent}" cannot be decrypted: ${because}. Put the key back that it was set with, or set the secret again.`,
  );
}
