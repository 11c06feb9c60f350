import { z } from 'zod';
import { budgetPeriods } from '../../../domain/budget/accounts';
import { complexities } from '../../../domain/plan/plan';
import { strictObject } from '../plan-fields';
import { anyJson, anyObject, etag, id, next, pageOf, period, time } from './common';
import { planSource } from './session';

export const approvalPath = z.object({ approval: id.describe('Id of a question.') });
export const approval = z
  .object({
    id: z.string(),
    status: z.enum(['open', 'approved', 'rejected', 'withdrawn']),
    question: anyObject.describe('All that is asked.'),
    questionHash: z.string(),
    askedAt: time,
    decidedAt: time.nullable(),
    decidedBy: z.string().nullable(),
    usedAt: time.nullable(),
  })
  .meta({ id: 'Approval' });
export const approvalQuery = z.object({
  all: z.stringbool().default(false).describe('Answered and withdrawn ones too.'),
  ...pageOf(100, 1_000),
});
export const approvalList = z.object({ approvals: z.array(approval), next });
export const decision = strictObject({
  answer: z.enum(['approved', 'rejected']),
  questionHash: z.string().exactOptional().describe('Of the question that was read: another one is not answered.'),
});

export const balance = z.object({
  account: z.string(),
  unit: z.enum(['usd', 'tokens', 'attempts', 'timeMs']),
  limit: z.number(),
  spent: z.number(),
  reserved: z.number(),
  kept: z.number().describe('For attempts of which nobody knows what they used.'),
});
export const balances = z.object({ limits: z.array(balance) });
export const sessionBudget = balances.extend({
  use: z.object({
    costUsd: z.number(),
    tokens: z.int(),
    attempts: z.int(),
    unknown: z.int(),
    overReservation: z.int(),
  }),
});
export const periodPath = z.object({ period: z.enum(budgetPeriods) });
export const limitRequest = strictObject({
  limits: z.string().max(500).describe('As 10usd,500000tokens,200attempts,8h; or none.'),
});

const settingValue = z.union([z.string(), z.number(), z.null()]);
export const settings = z.object({
  settings: z.record(z.string(), settingValue).describe('What is said; others have defaults.'),
  etag,
});
export const settingsChange = strictObject({
  set: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  unset: z.array(z.string()).default([]).describe('Keys that have their defaults again.'),
});

export const conflicts = z.object({ waiting: z.array(anyObject), inSpite: z.array(anyObject), next });
export const queue = z.object({
  runs: z.array(
    z.object({
      session: z.string(),
      run: z.string(),
      attempt: z.int(),
      priority: z.int(),
      since: time,
      waitsFor: z.string(),
      isGranted: z.boolean(),
    }),
  ),
  next,
});

export const hostPath = z.object({ host: id.describe('Name of a host.') });
export const hosts = z.object({
  hosts: z.array(
    z.object({
      name: z.string(),
      status: z.enum(['online', 'busy', 'draining', 'offline']),
      agents: z.array(z.string()),
      running: z.int(),
      maxConcurrent: z.int(),
      startedAt: time,
      seenAt: time,
    }),
  ),
  next,
});

export const artifactPath = z.object({
  artifact: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal'),
});
export const artifact = z.object({ hash: z.string(), value: anyJson });

export const learningQuery = z.object({
  agent: z.string().optional(),
  capability: z.string().optional(),
  type: z.string().optional().describe('Of task.'),
  complexity: z.enum(complexities).optional().describe('Of tasks that are as hard.'),
  technologies: z.string().optional().describe('All of these, separated by commas.'),
});
export const insightQuery = learningQuery.omit({ technologies: true, complexity: true }).extend({
  all: z.stringbool().default(false).describe('Also those that are not sure enough, and those that hold no more.'),
  ...pageOf(100, 1_000),
});
export const insights = z.object({ insights: z.array(anyObject), next });

export const eventQuery = z.object(pageOf(50, 1_000));
export const healthReport = z.object({ at: time, status: z.string(), report: anyObject });
export const healthEvents = z.object({ events: z.array(anyObject), next });
export const metricsQuery = z.object({
  ...period,
  agent: z.string().optional(),
});
export const metrics = z.object({ from: time, to: time, metrics: z.array(anyObject) });

export const planRequest = strictObject(planSource);
const issue = z.object({ file: z.string(), line: z.int(), column: z.int(), message: z.string() });
export const validation = z.object({
  valid: z.boolean(),
  name: z.string().nullable(),
  hash: z.string().nullable(),
  issues: z.array(issue),
  needs: z.array(issue).describe('What only agents of the registry can do.'),
});
export const graph = z.object({ mermaid: z.string() });
export const routePreview = z.object({
  possible: z.boolean(),
  routes: z.array(z.object({ place: z.string(), answer: anyObject.nullable(), racers: z.array(anyObject) })),
  warnings: z.array(z.string()),
});
