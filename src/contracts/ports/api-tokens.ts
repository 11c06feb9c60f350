import type { Principal, Role } from '../../domain/access/roles';
import type { TaskScope } from '../../domain/access/task-scope';
import type { Page } from './page';

/** Tokens by which people's programs use the API. Only hashes are stored. */
export interface ApiTokenStore {
  /** In place of one with its id. */
  add(workspace: string, token: NewApiToken): Promise<void>;
  /** Without those that have expired, oldest first. */
  list(workspace: string, page?: Page<[createdAt: number, id: string]>): Promise<ApiTokenOverview[]>;
  /** False where the workspace has no such token. */
  revoke(workspace: string, id: string): Promise<boolean>;
  find(id: string): Promise<StoredApiToken | undefined>;
}

export interface NewApiToken {
  id: string;
  name: string;
  role: Role;
  /** SHA-256 of the whole token. */
  hash: Buffer;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** Which tasks it may submit; absent where it is all that its role may. */
  scope?: TaskScope;
}

export interface StoredApiToken {
  principal: Principal;
  hash: Buffer;
  expiresAt: number;
}

export interface ApiTokenOverview extends Omit<NewApiToken, 'hash'> {
  createdAt: number;
}
