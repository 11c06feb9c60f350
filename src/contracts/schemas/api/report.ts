import { z } from 'zod';
import { SessionStatus } from '../../../domain/session/state';
import { period, time } from './common';

const share = z.number().min(0).max(1);

const contribution = z.object({
  agent: z.string(),
  succeededRuns: z.int(),
  attempts: z.int(),
  failed: z.int(),
  workMs: z.number(),
  shareOfWork: share.nullable().describe('Null where no agent was at work.'),
  costUsd: z.number(),
  tokens: z.number(),
  quality: z.number().nullable(),
});

export const sessionReport = z.object({
  session: z.string(),
  status: z.enum(SessionStatus),
  report: z
    .object({
      elapsedMs: z.number(),
      workMs: z.number(),
      parallelism: z.number().describe('Attempts at once, in the mean.'),
      criticalPathMs: z.number(),
      criticalPath: z.array(z.string()).describe('The longest chain of tasks that need each other.'),
      efficiency: z.number().describe('The longest chain, of what it took.'),
      agents: z.array(contribution).describe('The busiest first.'),
      bottlenecks: z.array(z.object({ task: z.string(), tookMs: z.number(), waitedMs: z.number() })),
      lostMs: z.number().describe('In attempts that did not succeed.'),
      quality: z.number().nullable(),
    })
    .nullable()
    .describe('Null until it has begun.'),
});

export const routingMetricsQuery = z.object(period);
export const routingMetrics = z.object({
  from: time,
  to: time,
  strategies: z
    .array(
      z.object({
        strategy: z.string(),
        assignments: z.int(),
        explored: z.int(),
        predicted: z.number().nullable(),
        observed: z.number().nullable(),
      }),
    )
    .describe('All together first, then each.'),
  predictions: z.int().describe('Attempts that were predicted and have ended.'),
  calibration: z
    .object({
      predictions: z.int(),
      calibrationError: z.number(),
      bins: z.array(z.object({ from: z.number(), predictions: z.int(), predicted: z.number(), observed: z.number() })),
      durations: z.object({ predictions: z.int(), withinP50: z.number(), withinP90: z.number() }).nullable(),
    })
    .nullable()
    .describe('Null with fewer than 100 of these.'),
});
