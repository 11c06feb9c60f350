import { z } from 'zod';
import type { WorkspaceMember, WorkspaceOverview } from '../../contracts/ports/workspace-store';
import {
  member as memberSchema,
  memberList,
  memberPage,
  memberPath,
  memberRequest,
  newWorkspace,
  workspace as workspaceSchema,
  workspaceChange,
  workspaceList,
  workspacePath,
} from '../../contracts/schemas/api/access';
import { isoTime, pageQuery } from '../../contracts/schemas/api/common';
import { workspaceEtag } from '../../contracts/schemas/etags';
import type { Principal } from '../../domain/access/roles';
import { memberNotFound, workspaceExists, workspaceNotFound } from '../../domain/access/workspace-errors';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { forbidden } from '../principal';
import { requireToGive } from '../require-leave';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Workspaces';
const membersBySubject = new PagedList('members', z.tuple([part.text]), ({ subject }: WorkspaceMember) => [subject]);
/** One that nobody made is there for who is in it: before all others, which have names. */
const workspacesByName = new PagedList(
  'workspaces',
  z.tuple([part.text]),
  ({ workspace, createdAt }: WorkspaceOverview | Unmade) => [createdAt === null ? '' : workspace],
);

/** Workspaces, and the people who are their members. */
export function workspacesRoutes({ workspaces, homeWorkspace }: Gateway): AnyRoute[] {
  const isOfInstallation = (principal: Principal): boolean => administersInstallation(principal, homeWorkspace);

  /** The workspace of a path. Throws WORKSPACE_NOT_FOUND for another than one's own, but for administrators of the installation. */
  const reachable = async (principal: Principal, workspace: string): Promise<WorkspaceOverview | Unmade> => {
    if (workspace !== principal.workspace && !isOfInstallation(principal)) throw workspaceNotFound(workspace);
    const found = await workspaces.find(workspace);
    if (!found && workspace !== principal.workspace) throw workspaceNotFound(workspace);
    return found ?? unmade(workspace);
  };

  return [
    defineRoute({
      method: 'GET',
      url: '/v1/workspaces',
      tag,
      summary: 'The workspace of the request; for administrators of the installation, all that were made.',
      query: pageQuery,
      answer: workspaceList,
      handle: async ({ query, principal }) => {
        const isOfAll = isOfInstallation(principal);
        const { rows, next } = await workspacesByName.page(query, async (page) => {
          const made = isOfAll ? await workspaces.list(page) : [];
          if (page.after) return made;
          const own = await reachable(principal, principal.workspace);
          return isOfAll && own.createdAt !== null ? made : [own, ...made];
        });
        return { body: { workspaces: rows.map(presentWorkspace), next } };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/workspaces',
      tag,
      summary: 'Make a workspace: for administrators of the installation.',
      body: newWorkspace,
      answer: workspaceSchema,
      statuses: [201],
      errors: ['WORKSPACE_EXISTS'],
      handle: async ({ body: { workspace, title }, principal, seed }) => {
        if (!isOfInstallation(principal)) throw forbidden(principal, 'workspace.manage', 'this for the installation');
        const isMade = await workspaces.add(workspace, { title, by: principal.subject }, seed);
        if (!isMade) throw workspaceExists(workspace);
        const made = (await workspaces.find(workspace)) ?? unmade(workspace);
        return { body: presentWorkspace(made), location: `/v1/workspaces/${workspace}` };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/workspaces/{workspace}',
      tag,
      summary: 'Show a workspace.',
      path: workspacePath,
      answer: workspaceSchema,
      errors: ['WORKSPACE_NOT_FOUND'],
      handle: async ({ path, principal }) => ({
        body: presentWorkspace(await reachable(principal, path.workspace)),
      }),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/v1/workspaces/{workspace}',
      tag,
      summary: 'Give a workspace another title.',
      path: workspacePath,
      body: workspaceChange,
      answer: workspaceSchema,
      errors: ['WORKSPACE_NOT_FOUND', 'PRECONDITION_FAILED'],
      handle: async ({ path: { workspace }, body: { title }, principal, ifMatch }) => {
        await reachable(principal, workspace);
        return { body: presentWorkspace(await workspaces.rename(workspace, title, principal.subject, ifMatch)) };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/workspaces/{workspace}/members',
      tag,
      summary: 'People who are members of a workspace, with their roles.',
      path: workspacePath,
      query: pageQuery,
      answer: memberPage,
      errors: ['WORKSPACE_NOT_FOUND'],
      handle: async ({ path: { workspace }, query, principal }) => {
        await reachable(principal, workspace);
        const { rows, next } = await membersBySubject.page(query, (page) => workspaces.members(workspace, page));
        return { body: { members: rows.map(presentMember), next } };
      },
    }),
    defineRoute({
      method: 'PUT',
      url: '/v1/workspaces/{workspace}/members/{subject}',
      tag,
      summary: 'Make somebody a member of a workspace, or give a member another role.',
      path: memberPath,
      body: memberRequest,
      answer: memberSchema,
      errors: ['WORKSPACE_NOT_FOUND', 'LAST_ADMIN'],
      handle: async ({ path: { workspace, subject }, body: { role }, principal }) => {
        await reachable(principal, workspace);
        // What members may submit is for the identity provider to say.
        requireToGive(principal, undefined, []);
        return { body: presentMember(await workspaces.putMember(workspace, subject, role, principal.subject)) };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/v1/workspaces/{workspace}/members/{subject}',
      tag,
      summary: 'Let somebody be a member no more, from the next request on.',
      path: memberPath,
      answer: memberList,
      errors: ['WORKSPACE_NOT_FOUND', 'MEMBER_NOT_FOUND', 'LAST_ADMIN'],
      handle: async ({ path: { workspace, subject }, principal }) => {
        await reachable(principal, workspace);
        if (!(await workspaces.removeMember(workspace, subject))) throw memberNotFound(workspace, subject);
        return { body: { members: (await workspaces.members(workspace)).map(presentMember) } };
      },
    }),
  ];
}

/** An administrator of the workspace that the installation runs in. */
export function administersInstallation({ workspace, role }: Principal, homeWorkspace: string): boolean {
  return role === 'admin' && workspace === homeWorkspace;
}

interface Unmade extends Omit<WorkspaceOverview, 'createdAt'> {
  createdAt: null;
}

/** One that is in use without having been made. */
function unmade(workspace: string): Unmade {
  return { workspace, title: '', createdAt: null, createdBy: null };
}

function presentWorkspace({ createdAt, ...rest }: WorkspaceOverview | Unmade): z.input<typeof workspaceSchema> {
  return { ...rest, createdAt: isoTime(createdAt), etag: workspaceEtag(rest) };
}

function presentMember({ addedAt, ...rest }: WorkspaceMember): z.input<typeof memberSchema> {
  return { ...rest, addedAt: isoTime(addedAt) };
}
