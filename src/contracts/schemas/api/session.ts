import { z } from 'zod';
import { SessionStatus } from '../../../domain/session/state';
import { strictObject } from '../plan-fields';
import { anyJson, anyObject, id, limit, links, next, pageOf, time } from './common';

export const sessionPath = z.object({ session: id.describe('Id of a session.') });

const status = z.enum(SessionStatus);

/** Of the plan files that a plan leads to, and of itself. */
const maxFiles = 100;

export const planSource = {
  plan: z
    .union([z.string(), anyObject], 'must be a plan: an object, or the text of a plan file')
    .describe('The plan, as an object or as YAML. GET /v1/plan-schema says what stands in it.'),
  files: z
    .record(z.string(), z.string())
    .refine((files) => Object.keys(files).length <= maxFiles, `must have at most ${maxFiles} files`)
    .default({})
    .describe('Plan files that the plan names, by path. Nothing is read from a disk.'),
};

export const newSession = strictObject({
  ...planSource,
  inputs: anyObject.default({}).describe('Inputs of the plan, by name.'),
  id: z
    .string()
    .exactOptional()
    .describe('Id of the session. Starting twice with the same id and plan starts once. Made where it is absent.'),
});

export const session = z
  .object({
    id: z.string(),
    plan: z.object({ name: z.string(), hash: z.string() }),
    status,
    createdAt: time,
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    progress: z.object({
      total: z.int(),
      succeeded: z.int(),
      failed: z.int(),
      skipped: z.int(),
      cancelled: z.int(),
      percent: z.number().describe('0 to 100.'),
    }),
    forecast: z
      .object({ at: time, p50: time.nullable(), p90: time.nullable(), reason: z.string().nullable() })
      .nullable()
      .describe('When it will have ended, in half and in nine of ten simulated sessions; or why nobody can say.'),
    parent: z.string().nullable().describe('The session that it works for.'),
    error: z.string().nullable(),
    outputs: anyObject.nullable().describe('Null until it has ended, and in lists.'),
    links,
  })
  .meta({ id: 'Session' });

export const sessionQuery = z.object({
  status: status.optional(),
  children: z.stringbool().default(false).describe('With sessions that work for others.'),
  ...pageOf(50, 500),
});

export const sessionPage = z.object({ sessions: z.array(session), next });

export const requestReply = z.object({ id: z.string(), status }).meta({ id: 'SessionReply' });

export const pauseRequest = strictObject({
  now: z.boolean().default(false).describe('Stop what runs, instead of letting it finish; it runs again later.'),
});
export const cancelRequest = strictObject({ reason: z.string().max(500).exactOptional() });
export const retryRequest = strictObject({ task: z.string().exactOptional().describe('Only this one.') });
export const emptyRequest = strictObject({});

export const sessionPlan = z.object({ hash: z.string(), plan: anyObject });
export const editedPlan = strictObject(planSource);
export const editPreview = z
  .object({
    id: z.string(),
    from: z.string().describe('Hash of the present plan.'),
    to: z.string().describe('Hash of the edited plan.'),
    changes: z.object({
      added: z.array(z.string()),
      removed: z.array(z.string()),
      changed: z.record(z.string(), z.array(z.string())).describe('What differs of tasks, by name.'),
      settings: z.array(z.string()).describe('What differs of the rest of the plan.'),
    }),
    refusals: z.array(z.string()).describe('Why the session would refuse it as it is now; empty where it would not.'),
  })
  .meta({ id: 'EditPreview' });

export const logQuery = z.object({
  after: z.coerce.number().int().min(0).default(0).describe('The `seq` of the last event that is known.'),
  limit: limit(200, 1_000),
});

export const logPage = z.object({
  events: z.array(
    z.object({
      seq: z.int(),
      at: time,
      type: z.string(),
      task: z.string().nullable(),
      attempt: z.int().nullable(),
      data: anyJson,
    }),
  ),
});
