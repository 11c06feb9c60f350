import { allRows, wholeList } from './each-row';
import type { CallOptions, ChangeOptions, IfMatchOptions } from './options';
import type { Requester } from './requester';
import type { Member, MemberRole, Workspace } from './types';
import { urlPath } from './url-path';

/** Workspaces and who is in them. Most of it is for administrators. */
export class Workspaces {
  constructor(private readonly api: Requester) {}

  /** The workspace of the client; for administrators of the installation, all. */
  list(options?: CallOptions): Promise<Workspace[]> {
    return allRows(this.api, '/v1/workspaces', 'workspaces', wholeList, options);
  }

  create(workspace: string, title = '', options?: ChangeOptions): Promise<Workspace> {
    return this.api.send({ method: 'POST', path: '/v1/workspaces', body: { workspace, title } }, options);
  }

  get(workspace: string, options?: CallOptions): Promise<Workspace> {
    return this.api.send({ method: 'GET', path: urlPath`/v1/workspaces/${workspace}` }, options);
  }

  rename(workspace: string, title: string, options?: IfMatchOptions): Promise<Workspace> {
    return this.api.send({ method: 'PATCH', path: urlPath`/v1/workspaces/${workspace}`, body: { title } }, options);
  }

  members(workspace: string, options?: CallOptions): Promise<Member[]> {
    return allRows(this.api, urlPath`/v1/workspaces/${workspace}/members`, 'members', wholeList, options);
  }

  /** Makes somebody a member, or gives a member another role. */
  putMember(workspace: string, subject: string, role: MemberRole, options?: CallOptions): Promise<Member> {
    const path = urlPath`/v1/workspaces/${workspace}/members/${subject}`;
    return this.api.send({ method: 'PUT', path, body: { role } }, options);
  }

  async removeMember(workspace: string, subject: string, options?: CallOptions): Promise<void> {
    const path = urlPath`/v1/workspaces/${workspace}/members/${subject}`;
    await this.api.send({ method: 'DELETE', path }, options);
  }
}
