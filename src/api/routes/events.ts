import { eventHeaders, eventQuery, workspaceEvent } from '../../contracts/schemas/api/event';
import type { Gateway } from '../gateway';
import { openStream } from '../live/live-stream';
import { parsePart } from '../parse-request';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

/** What happens in the workspace, while it happens: see docs/events.md. */
export function eventRoutes(gateway: Pick<Gateway, 'live'>): AnyRoute[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/events',
      tag: 'Events',
      summary: 'Follow what happens in the workspace, as server-sent events.',
      query: eventQuery,
      answer: workspaceEvent,
      stream: 'text/event-stream',
      errors: ['EVENT_CURSOR_GONE'],
      handle: async ({ query, lastEventId, principal: { workspace }, mayStill }) => {
        const after = lastEventId === undefined ? query.after : readHeader(lastEventId);
        const filter = { sessions: query.session, agents: query.agent, types: query.types };
        const wanted = { workspace, filter, after: after === undefined ? undefined : Number(after) };
        return { body: await openStream(gateway.live, wanted, mayStill) };
      },
    }),
  ];
}

function readHeader(value: string): string {
  return parsePart('header', eventHeaders, { 'last-event-id': value })['last-event-id'];
}
