import { randomBytes } from 'node:crypto';
import type { Queryable } from './scope';

/** Of what receivers of alerts are told, as all its deliveries have it. `of`: at least 96 bits in hex that it follows from. Default: random ones. */
export function alertEventId(of = randomBytes(12).toString('hex')): string {
  return `msg_${of.slice(0, 24)}`;
}

export async function hasHappened(queryable: Queryable, workspace: string, id: string): Promise<boolean> {
  const text = 'SELECT FROM alert_events WHERE workspace = $1 AND id = $2';
  return (await queryable.query(text, [workspace, id])).rows.length > 0;
}
