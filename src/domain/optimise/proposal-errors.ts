import { OrchestraError } from '../errors';

export function proposalNotFound(id: string): OrchestraError {
  return new OrchestraError(
    'PROPOSAL_NOT_FOUND',
    `There is no proposal ${id}. See \`orchestra optimize\` for what is proposed.`,
  );
}

export function notApplied(id: string): OrchestraError {
  return new OrchestraError(
    'PROPOSAL_NOT_FOUND',
    `The proposal ${id} is not applied, or was undone. See \`orchestra optimize history\`.`,
  );
}

export function proposalOutdated(id: string, because: string): OrchestraError {
  return new OrchestraError(
    'PROPOSAL_OUTDATED',
    `The proposal ${id} is outdated: ${because}. Nothing was changed. Run \`orchestra optimize\` again.`,
  );
}

export function changeOverwritten(id: string, because: string): OrchestraError {
  return new OrchestraError(
    'PROPOSAL_OUTDATED',
    `The proposal ${id} cannot be undone: ${because}. Nothing was changed. Set the values by hand.`,
  );
}

export function notApplicable(id: string, advice: string): OrchestraError {
  return new OrchestraError('PROPOSAL_OUTDATED', `The proposal ${id} is about a plan file, which is yours. ${advice}`);
}
