import type { Principal } from '../../domain/access/roles';

/** People who have logged in with a browser. Of the secrets in their cookies only hashes are stored. */
export interface LoginStore {
  add(principal: Principal, secret: { id: string; hash: Buffer; expiresAt: number }): Promise<void>;
  remove(workspace: string, id: string): Promise<void>;
  find(id: string): Promise<StoredLogin | undefined>;
}

export interface StoredLogin {
  id: string;
  principal: Principal;
  hash: Buffer;
  /** Milliseconds since 1970. */
  expiresAt: number;
}
