import type { TaskScope } from './task-scope';

/** Who somebody is in a workspace; each of the first four may do what the ones before it may. `agent`: comes for work, and nothing else. */
export const roles = ['viewer', 'user', 'agent-manager', 'admin', 'agent'] as const;
export type Role = (typeof roles)[number];

/** What a request may be about. */
export type Permission = 'read' | 'task.submit' | 'agent.manage' | 'workspace.manage' | 'work.do';

const permissions: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['read'],
  user: ['read', 'task.submit'],
  'agent-manager': ['read', 'task.submit', 'agent.manage'],
  admin: ['read', 'task.submit', 'agent.manage', 'workspace.manage'],
  agent: ['work.do'],
};

export function may(role: Role, permission: Permission): boolean {
  return permissions[role].includes(permission);
}

/** The roles of people and their programs. Agents have tokens of their own. */
export const givenRoles = roles.filter((role): role is GivenRole => role !== 'agent');
export type GivenRole = Exclude<Role, 'agent'>;

/** Who makes a request, and where. All that they say of a workspace themselves is of no account. */
export interface Principal {
  workspace: string;
  role: Role;
  /** For records of who did something: `token:ci/0f1e2d3c4b5a`, `jwt:ada`. */
  subject: string;
  /** Which tasks they may submit, where it is not all. */
  scope?: TaskScope;
}
