import type { Client } from 'pg';

/** Who is connected, and what that user may do. */
export interface DatabaseAccess {
  user: string;
  /** Of the two roles that the program acts as, how many there are: a migration makes them. */
  roles: number;
  /** Whether the user may act as those that there are. */
  isMember: boolean;
  /** Whether the user may make them. */
  mayMake: boolean;
}

/** What of it the walls between workspaces depend on (docs/workspaces.md). */
export async function accessOf(client: Client): Promise<DatabaseAccess> {
  const { rows } = await client.query<DatabaseAccess>(
    `SELECT current_user AS "user", count(own.oid)::int AS roles, coalesce(bool_and(pg_has_role(own.oid, 'MEMBER')), true) AS "isMember",
            (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS "mayMake"
     FROM pg_roles AS own WHERE rolname IN ('orchestra_app', 'orchestra_engine')`,
  );
  const [access] = rows;
  if (!access) throw new Error('an aggregate returned no row');
  return access;
}
