import { OrchestraError } from '../errors';

/** The same for one that is not there and for one that is none of the asker's business. */
export function workspaceNotFound(workspace: string): OrchestraError {
  return new OrchestraError(
    'WORKSPACE_NOT_FOUND',
    `There is no workspace "${workspace}" for you. GET /v1/workspaces shows yours, \`orchestra workspaces list\` as well.`,
  );
}

export function workspaceExists(workspace: string): OrchestraError {
  return new OrchestraError(
    'WORKSPACE_EXISTS',
    `There is a workspace "${workspace}" already. Choose another name. Nothing was changed.`,
  );
}

export function memberNotFound(workspace: string, subject: string): OrchestraError {
  return new OrchestraError(
    'MEMBER_NOT_FOUND',
    `"${subject}" is no member of workspace "${workspace}". GET /v1/workspaces/${workspace}/members shows who is, \`orchestra workspaces members\` as well. Nothing was changed.`,
  );
}

export function lastAdmin(workspace: string, subject: string): OrchestraError {
  return new OrchestraError(
    'LAST_ADMIN',
    `"${subject}" is the last admin among the members of workspace "${workspace}". Make somebody else an admin first. Nothing was changed.`,
  );
}

export function tokenNotFound(workspace: string, id: string): OrchestraError {
  return new OrchestraError(
    'TOKEN_NOT_FOUND',
    `There is no token "${id}" in workspace "${workspace}". GET /v1/tokens shows their ids, \`orchestra tokens list\` as well.`,
  );
}
