import { z } from 'zod';
import { eventTypes, typesOf } from '../../../domain/events/event-types';
import { anyObject, time } from './common';

/** What stands in the `data` of a server-sent event. */
export const workspaceEvent = z
  .object({
    id: z.string().describe('The cursor: send it as `Last-Event-ID` or `after` to go on behind this event.'),
    type: z.string(),
    at: time,
    session: z.string().exactOptional(),
    seq: z.int().exactOptional().describe("Its place in the session's log."),
    task: z.string().exactOptional(),
    attempt: z.int().exactOptional(),
    agent: z.string().exactOptional().describe('Whom it is about; `workspace/name` for an agent of another workspace.'),
    data: anyObject.describe('What else there is to say of an event of this type.'),
  })
  .meta({ id: 'Event' });

const maxChosen = 100;

/** `a,b`, or the parameter several times. */
const list = (what: string) =>
  z
    .union([z.string(), z.array(z.string())])
    .default([])
    .transform((given) =>
      [given]
        .flat()
        .flatMap((text) => text.split(','))
        .map((text) => text.trim())
        .filter((text) => text !== ''),
    )
    .refine((values) => values.length <= maxChosen, `must name at most ${maxChosen}`)
    .meta({ description: what, type: 'array', maxItems: maxChosen, items: { type: 'string' } });

const aboutTypes = 'Types of events, with commas between them; `task-*` is all that begin so.';

/** One type, or what several begin with; spaces and empty places are let through. */
const typePlace = `\\s*(${[...new Set(eventTypes.map((type) => `${type.split('-')[0]}-\\*`)), ...eventTypes].join('|')}|)\\s*`;

const types = list(aboutTypes)
  .transform((patterns, context) =>
    patterns.flatMap((pattern) => {
      const found = typesOf(pattern);
      if (found.length === 0) {
        context.issues.push({
          code: 'custom',
          message: `names no type of event: "${pattern}" (docs/events.md lists them)`,
          input: pattern,
        });
      }
      return found;
    }),
  )
  .meta({
    description: aboutTypes,
    type: 'array',
    maxItems: maxChosen,
    items: { type: 'string', pattern: `^${typePlace}(,${typePlace})*$` },
  });

/** Digits: a cursor is a number, and is not to be made up. */
const cursor = z.string().regex(/^\d{1,15}$/, 'must be the id of an event');

/** Of the header, which counts as absent where it is empty. */
export const lastEventIdPattern = /^\d{0,15}$/;

export const eventQuery = z.object({
  session: list('Sessions, with commas between them; all where it is absent.'),
  agent: list('Agents, with commas between them; all where it is absent.'),
  types,
  after: cursor.optional().describe('The id of the last event that is known. A `Last-Event-ID` goes before it.'),
});

/** The header that a client sends by itself when it connects again. */
export const eventHeaders = z.object({ 'last-event-id': cursor });
