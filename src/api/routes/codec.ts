import type { z } from 'zod';
import type { WorkspacePayload } from '../../contracts/ports/workspace-codec';
import { payloadRequest, payloads } from '../../contracts/schemas/api/codec';
import type { Gateway } from '../gateway';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Payloads';

/** The Web UI asks for all payloads of an event at once. */
const bodyLimitBytes = 10 * 1024 * 1024;

/** Temporal's remote codec: the Web UI shows payloads in clear to those who may read them. */
export function codecRoutes({ codec }: Gateway): AnyRoute[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/codec/decode',
      tag,
      summary: 'Decrypt payloads of the workspace, for the Temporal Web UI.',
      body: payloadRequest,
      answer: payloads,
      errors: ['PAYLOAD_UNREADABLE'],
      bodyLimitBytes,
      // Keys would keep payloads in clear.
      changesNothing: true,
      handle: ({ body, principal }) => ({ body: written(codec.decodeOf(principal.workspace, read(body))) }),
    }),
    defineRoute({
      method: 'POST',
      url: '/codec/encode',
      tag,
      summary: 'Encrypt payloads for the workspace, for the Temporal Web UI.',
      body: payloadRequest,
      answer: payloads,
      errors: ['PAYLOAD_UNREADABLE'],
      bodyLimitBytes,
      changesNothing: true,
      handle: ({ body, principal }) => ({ body: written(codec.encodeFor(principal.workspace, read(body))) }),
    }),
  ];
}

function read(body: z.output<typeof payloadRequest>): WorkspacePayload[] {
  return body.payloads.map(({ metadata = {}, data = '' }) => ({
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')])),
    data: Buffer.from(data, 'base64'),
  }));
}

function written(found: readonly WorkspacePayload[]): z.input<typeof payloads> {
  return {
    payloads: found.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(
        Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
      ),
      data: Buffer.from(data ?? []).toString('base64'),
    })),
  };
}
