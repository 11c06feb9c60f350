import { z } from 'zod';
import type { KeyOfRow, Page } from '../contracts/ports/page';
import { OrchestraError } from '../domain/errors';

/** What keys of rows are made of, as the database takes it: a cursor may come from anybody. */
export const part = {
  text: z.string().refine((text) => !text.includes('\0')),
  /** Milliseconds since 1970, to the microsecond. */
  time: z.number().min(0).max(8.64e15),
  whole: z.int(),
};

/** A list that is shown page by page. What a page ends with, its cursor, names the list and has the key of the last row. */
export class PagedList<Row, Key extends KeyOfRow> {
  /** @param name tells the cursors of this list from those of others. */
  constructor(
    private readonly name: string,
    private readonly key: z.ZodType<Key>,
    private readonly keyOf: (last: Row) => NoInfer<Key>,
  ) {}

  /** @param read is asked for one more than is shown, which tells whether there are more. Throws USAGE for what is no cursor of this list. */
  async page(
    { limit, cursor }: { limit: number; cursor?: string | undefined },
    read: (page: Page<Key> & { limit: number }) => Promise<readonly Row[]>,
  ): Promise<{ rows: Row[]; next: string | null }> {
    const after = cursor === undefined ? undefined : this.keyIn(cursor);
    const found = await read({ limit: limit + 1, after });
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    return { rows, next: found.length > limit && last !== undefined ? this.cursorOf(this.keyOf(last)) : null };
  }

  private cursorOf(key: Key): string {
    return Buffer.from(JSON.stringify([this.name, ...key])).toString('base64url');
  }

  private keyIn(cursor: string): Key {
    const [name, ...rest] = partsOf(cursor);
    const key = this.key.safeParse(rest);
    if (name === this.name && key.success && this.cursorOf(key.data) === cursor) return key.data;
    throw new OrchestraError('USAGE', 'The cursor is not one of this list: send the `next` of the page before.');
  }
}

function partsOf(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
