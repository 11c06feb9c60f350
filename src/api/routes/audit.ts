import { z } from 'zod';
import {
  auditExportLine,
  auditList,
  auditQuery,
  auditVerification,
  keptAnchors,
} from '../../contracts/schemas/api/audit';
import { isoTime } from '../../contracts/schemas/api/common';
import type { AuditEntry } from '../../domain/audit/audit-entry';
import type { AuditVerification } from '../../domain/audit/verify-chain';
import type { Gateway } from '../gateway';
import { jsonLines } from '../json-lines';
import { PagedList, part } from '../paged-list';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Audit';
const list = new PagedList('audit', z.tuple([part.whole]), ({ seq }: AuditEntry) => [seq]);

/** Some two months of anchors, one a minute. */
const anchorLimitBytes = 16 * 1024 * 1024;

/** Who did what, and who was refused. */
export function auditRoutes({ audit }: Gateway): AnyRoute[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/audit',
      tag,
      summary: 'List what was done and refused, the latest first.',
      query: auditQuery,
      answer: auditList,
      handle: async ({ query: { since, actor, action, outcome, ...query }, principal }) => {
        const { rows, next } = await list.page(query, ({ limit, after }) =>
          audit.list(principal.workspace, {
            ...(actor !== undefined && { actor }),
            ...(action !== undefined && { action }),
            ...(outcome !== undefined && { outcome }),
            ...(since !== undefined && { since: Date.parse(since) }),
            ...(after && { before: after[0] }),
            limit,
          }),
        );
        return { body: { entries: rows.map(present), next } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/audit/export',
      tag,
      summary:
        'The whole log as it is in one moment, as lines of JSON: entries with their hashes, the head, the anchors.',
      answer: auditExportLine,
      stream: 'application/x-ndjson',
      handle: ({ principal: { workspace } }) => ({
        body: jsonLines((write) => audit.export(workspace, (line) => write('entry' in line ? line.entry : line.place))),
      }),
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/audit/verify',
      tag,
      summary: 'Look through the whole log for what was tampered with.',
      answer: auditVerification,
      handle: async ({ principal }) => ({ body: presentVerification(await audit.verify(principal.workspace)) }),
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/audit/verify',
      tag,
      summary: 'Look through the whole log, and compare it with anchors that were kept outside.',
      body: keptAnchors,
      answer: auditVerification,
      bodyLimitBytes: anchorLimitBytes,
      changesNothing: true,
      handle: async ({ body, principal }) => ({
        body: presentVerification(await audit.verify(principal.workspace, body.anchors)),
      }),
    }),
  ];
}

function presentVerification({
  entries,
  signedTo,
  isSigned,
  anchors,
  faults,
}: AuditVerification): z.input<typeof auditVerification> {
  return { isSound: faults.length === 0, entries, signedTo, isSigned, anchors, faults };
}

/** Whose log it is, is known: it is that of the token's workspace. */
function present({ at, target, workspace: _, ...entry }: AuditEntry) {
  return { ...entry, at: isoTime(at), target: { ...target } };
}
