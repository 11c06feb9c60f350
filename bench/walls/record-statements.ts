import { Client } from 'pg';
import type { QueryConfig } from 'pg';

/** A statement as it was sent in the scope of a workspace. */
export interface Recorded {
  text: string;
  values: unknown[];
  workspace: string;
  /** How often it was sent in all. */
  sent: number;
}

type Query = (statement: string | QueryConfig, ...rest: unknown[]) => unknown;

/**
 * Notes what all connections of this process send as orchestra_app in a workspace, by their text, with the values of the last time. What a transaction sends as
 * orchestra_engine is left out: it is not behind walls.
 */
export function recordStatements(): { recorded: ReadonlyMap<string, Recorded>; stop(): void } {
  const recorded = new Map<string, Recorded>();
  const places = new WeakMap<object, { workspace: string; isAcross: boolean }>();
  const prototype = Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  prototype.query = function (this: object, statement, ...rest) {
    const text = typeof statement === 'string' ? statement : statement.text;
    const values = typeof statement === 'string' ? rest[0] : statement.values;
    const opened = /SET LOCAL orchestra\.workspace = '(.*)'$/.exec(text)?.[1];
    const place = places.get(this);
    if (opened !== undefined) places.set(this, { workspace: opened, isAcross: false });
    else if (/^(BEGIN|COMMIT|ROLLBACK)/.test(text)) places.delete(this);
    else if (text.startsWith('SET LOCAL ROLE')) {
      // A look across workspaces, and the way back.
      if (place) place.isAcross = text.endsWith('orchestra_engine');
    } else if (place && !place.isAcross && /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(text)) {
      const sent = (recorded.get(text)?.sent ?? 0) + 1;
      recorded.set(text, { text, values: Array.isArray(values) ? values : [], workspace: place.workspace, sent });
    }
    return query.call(this, statement, ...rest);
  };
  return { recorded, stop: () => void (prototype.query = query) };
}
