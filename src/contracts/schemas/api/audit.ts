import { z } from 'zod';
import { auditOutcomes } from '../../../domain/audit/audit-entry';
import { strictObject } from '../plan-fields';
import { next, pageOf, time } from './common';

export const auditQuery = z.object({
  actor: z.string().min(1).max(300).optional().describe('Who: `token:ci/0f1e2d3c4b5a`, `cli:ada@laptop`.'),
  action: z.string().min(1).max(300).optional().describe('What: `POST /v1/sessions`, `agents remove`.'),
  outcome: z.enum(auditOutcomes).optional(),
  since: time.optional(),
  ...pageOf(100, 1_000),
});

export const auditEntry = z
  .object({
    seq: z.int().describe('From 1, without gaps, in each workspace.'),
    at: time,
    actor: z.string(),
    role: z.string().optional(),
    action: z.string(),
    target: z.record(z.string(), z.string()),
    outcome: z.enum(auditOutcomes),
    reason: z.string().optional(),
    requestId: z.string().optional(),
    via: z.enum(['api', 'cli']),
    source: z.string().optional(),
    of: z.int().optional().describe('The entry that says that it has begun.'),
    code: z.string().optional(),
    count: z.int().optional().describe('So many alike.'),
  })
  .meta({ id: 'AuditEntry' });

export const auditList = z.object({ entries: z.array(auditEntry), next });

/** As the command line prints it: what the hashes are of. */
export const auditExportLine = z
  .union([
    z
      .object({
        seq: z.int(),
        entry: auditEntry
          .extend({ workspace: z.string(), at: z.number().describe('Milliseconds since 1970.') })
          .describe('The hash is of this, and of the hash before.'),
        hash: z.string().describe('SHA-256 in hexadecimal.'),
      })
      .describe('An entry; from the first one on.'),
    z
      .object({
        kind: z.enum(['head', 'anchor']),
        workspace: z.string(),
        seq: z.int(),
        hash: z.string(),
        at: z.number().optional().describe('Milliseconds since 1970; of anchors.'),
        keyId: z.string().nullable(),
        signature: z.string().nullable().describe('Ed25519 in base64; null where nobody signs.'),
      })
      .describe('Behind the entries: the head, then the anchors.'),
  ])
  .meta({ id: 'AuditExportLine' });

/** As ORCHESTRA_AUDIT_ANCHORS keeps them, and as an export ends with them. */
export const keptAnchors = strictObject({
  anchors: z
    .array(
      z.object({
        kind: z.literal('anchor'),
        workspace: z.string(),
        seq: z.int().min(0),
        hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal'),
        at: z.number().describe('Milliseconds since 1970.'),
        keyId: z.string().nullable(),
        signature: z.string().nullable(),
      }),
    )
    .describe('Those that were kept outside; those of other workspaces are left alone.'),
});

export const auditVerification = z.object({
  isSound: z.boolean(),
  entries: z.int(),
  signedTo: z.int().describe('Up to here, a signature vouches for every entry; 0 for none.'),
  isSigned: z
    .boolean()
    .describe(
      'Whether all of it is vouched for: without keys, a log that was rewritten as a whole has no faults either.',
    ),
  anchors: z.int(),
  faults: z.array(z.object({ seq: z.int().nullable(), detail: z.string() })).describe('20 at most.'),
});
