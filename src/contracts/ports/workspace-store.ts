import type { GivenRole } from '../../domain/access/roles';
import type { IfMatch } from '../../domain/if-match';
import type { Page } from './page';

/** Workspaces that were made, and who is a member of which. */
export interface WorkspaceStore {
  /** False where there is one of the name, unless the same request has made it. `seed`: of the request. */
  add(workspace: string, made: { title: string; by: string | null }, seed?: string): Promise<boolean>;
  /** Those of the installation, by name; all, where no page is asked for. */
  list(page?: Page<[name: string]>): Promise<WorkspaceOverview[]>;
  find(workspace: string): Promise<WorkspaceOverview | undefined>;
  /** One that is in use without having been made is made by it. Throws PRECONDITION_FAILED. */
  rename(workspace: string, title: string, by: string, ifMatch?: IfMatch): Promise<WorkspaceOverview>;
  /** By their subjects; all, where no page is asked for. */
  members(workspace: string, page?: Page<[subject: string]>): Promise<WorkspaceMember[]>;
  /** Adds a member, or gives one another role. Throws LAST_ADMIN where no other member would be one any more. */
  putMember(workspace: string, subject: string, role: GivenRole, by: string): Promise<WorkspaceMember>;
  /** False where there is no such member. Throws LAST_ADMIN. */
  removeMember(workspace: string, subject: string): Promise<boolean>;
  /** Of a person, in all workspaces, by their names. */
  membershipsOf(subject: string): Promise<{ workspace: string; role: GivenRole }[]>;
}

export interface WorkspaceOverview {
  workspace: string;
  title: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  createdBy: string | null;
}

export interface WorkspaceMember {
  /** The `sub` of the person's JWT. */
  subject: string;
  role: GivenRole;
  /** Milliseconds since 1970. */
  addedAt: number;
  addedBy: string;
}
