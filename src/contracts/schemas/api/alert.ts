import { z } from 'zod';
import { alertMetrics } from '../../../domain/alerts/alert-rule';
import type { AlertMetric } from '../../../domain/alerts/alert-rule';
import { agentName, duration, name, strictObject } from '../plan-fields';
import { etag, id, next, pageOf, time } from './common';

const metric = z.enum(Object.keys(alertMetrics) as [AlertMetric, ...AlertMetric[]]);
const unit = z.enum(['share', 'ms', 'micros', 'count']).describe('micros: millionths of a US dollar.');
const sweeps = z.int().min(1).max(1_000);

export const newAlertPath = z.object({ alert: name.describe('Name of a rule.') });
export const alertPath = z.object({ alert: id.describe('Name of a rule.') });

export const alertRule = strictObject({
  metric,
  raiseAt: z
    .number()
    .min(0)
    .describe('Behind it, a value is bad. A share is 0 to 1, a time milliseconds, money millionths of a US dollar.'),
  clearAt: z
    .number()
    .min(0)
    .exactOptional()
    .describe('A value from which it may clear. Default: a tenth on the good side of raiseAt.'),
  raiseAfter: sweeps.default(2).describe('So many sweeps in a row raise it.'),
  clearAfter: sweeps.default(3).describe('So many sweeps in a row clear it.'),
  window: duration('Attempts that ended so long ago count. Default 1h; of cost-per-day, 24h.').exactOptional(),
  agent: agentName.exactOptional().describe('Of this agent; of metrics of attempts only.'),
  repeatEvery: duration(
    'While it is raised and nobody has acknowledged it, it is told again after so long. Default: it is told once.',
  ).exactOptional(),
});

export const acknowledgement = strictObject({
  note: z.string().min(1).max(500).exactOptional().describe('What is being done, for who looks at it.'),
});

const rule = z.object({
  name: z.string(),
  metric,
  agent: z.string().nullable(),
  raiseAt: z.number(),
  clearAt: z.number(),
  raiseAfter: z.int(),
  clearAfter: z.int(),
  windowMs: z.number(),
  repeatMs: z.number().exactOptional().describe('Absent: it is told once.'),
});
export const alert = rule
  .extend({
    unit,
    raised: z.boolean(),
    value: z.number().nullable().describe('Of the latest sweep; null where it could not be measured.'),
    acknowledged: z
      .object({ by: z.string(), at: time, note: z.string().nullable() })
      .nullable()
      .describe('Who sees to it; null again once it has cleared.'),
    etag,
  })
  .meta({ id: 'Alert' });
export const alertList = z.object({ alerts: z.array(alert) });
export const alertPage = alertList.extend({ next });

const delivery = z.object({
  webhook: z.string(),
  tries: z.int(),
  status: z.enum(['delivered', 'given up', 'waiting']),
  answer: z.string().nullable(),
});
export const alertEventQuery = z.object(pageOf(20, 1_000));
export const alertEvents = z.object({
  events: z.array(
    z.object({
      id: z.string(),
      type: z.enum(['raised', 'repeated', 'acknowledged', 'cleared', 'tested', 'agent']),
      alert: z.string().describe('Name of the rule; empty where it is of none.'),
      agent: z.string().nullable().describe('Of the type `agent`: which one is not well; null of others.'),
      at: time,
      message: z.string(),
      rule: rule.nullable().describe('As it was; null where it is of none.'),
      value: z.number().nullable(),
      deliveries: z.array(delivery),
    }),
  ),
  next,
});

export const alertTest = strictObject({
  webhook: name.exactOptional().describe('Only this one. Default: all that hear of alerts.'),
});
export const alertDeliveries = z.object({ deliveries: z.array(delivery) });
