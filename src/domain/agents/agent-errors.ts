import { didYouMean } from '../did-you-mean';
import { OrchestraError } from '../errors';
import { planLimits } from '../plan/limits';

export function agentsInvalid(faults: readonly string[]): OrchestraError {
  const shown = faults.slice(0, planLimits.issues).join('\n');
  const more = faults.length > planLimits.issues ? `\n(and ${faults.length - planLimits.issues} more)` : '';
  return new OrchestraError('AGENT_INVALID', `Nothing was changed, because of\n${shown}${more}`);
}

/** `known`: the agents of the workspace that could have been meant. */
export function unknownAgent(workspace: string, name: string, known: Iterable<string>): OrchestraError {
  const hint = didYouMean(name, known) || ': `orchestra agents list` shows them';
  return new OrchestraError('AGENT_NOT_FOUND', `There is no agent "${name}" in workspace "${workspace}"${hint}.`);
}

export function agentsExist(workspace: string, names: readonly string[]): OrchestraError {
  const listed = names.map((name) => `"${name}"`).join(', ');
  const [verb, them] = names.length === 1 ? ['has an agent', 'it'] : ['has agents', 'them'];
  return new OrchestraError(
    'AGENT_EXISTS',
    `Workspace "${workspace}" ${verb} ${listed} already. Nothing was added. Change ${them} with \`orchestra agents update\`, or choose another name.`,
  );
}

export function agentIsBusy(name: string, running: number): OrchestraError {
  const attempts = running === 1 ? '1 attempt' : `${running} attempts`;
  return new OrchestraError(
    'COMMAND_REFUSED',
    `Agent "${name}" has ${attempts} in flight and was not removed. Take no new work with \`orchestra agents drain ${name}\`, and remove it once it is idle.`,
  );
}
