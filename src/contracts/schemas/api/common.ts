import { z } from 'zod';

/** A time as ISO 8601 in UTC. */
export const time = z.iso.datetime();

export const anyJson = z.unknown().describe('Any JSON value.');

export const anyObject = z.record(z.string(), z.unknown());

/** Where the next page begins. */
export const next = z.string().nullable().describe('Send it as `cursor` for the next page; null on the last one.');

export const cursor = z.string().min(1).max(4_000).optional().describe('The `next` of the page before.');

export const limit = (usual: number, most: number) =>
  z.coerce.number().int().min(1).max(most).default(usual).describe('How many at most.');

/** What is asked for of a list that is shown page by page. */
export const pageOf = (usual: number, most: number) => ({ limit: limit(usual, most), cursor });

/** … where nothing else can be asked. */
export const pageQuery = z.object(pageOf(100, 1_000));

/** Of a thing that can be changed. */
export const etag = z
  .string()
  .describe(
    'Of what was written of it: a change with it as `If-Match` is refused where something else was written since.',
  );

/** What a query says of the period that is asked about. */
export const period = {
  hours: z.coerce.number().int().min(1).max(8_760).default(24).describe('How long the period is.'),
  until: time.optional().describe('Where it ends; now where it is left out.'),
};

/** Such a period, in milliseconds since 1970. */
export function periodOf(
  { hours, until }: z.infer<z.ZodObject<typeof period>>,
  now: number,
): { from: number; to: number } {
  const to = until === undefined ? now : Date.parse(until);
  return { from: to - hours * 3_600_000, to };
}

/** Where to go on from an answer, by what is there. */
export const links = z.record(z.string(), z.string()).describe('Addresses of what goes on with it.');

/** A part of a path; whether there is such a thing is found out later. */
export const id = z.string().min(1).max(250);

export function isoTime(epochMs: number): string;
export function isoTime(epochMs: number | null): string | null;
export function isoTime(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
