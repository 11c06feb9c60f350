import { z } from 'zod';
import { overlapPolicies } from '../../../domain/schedules/schedule';
import { duration, name, strictObject } from '../plan-fields';
import { anyObject, etag, id, links, next, time } from './common';
import { planSource } from './session';

export const schedulePath = z.object({ schedule: id.describe('Name of a schedule.') });

const overlap = z
  .enum(overlapPolicies)
  .describe(
    'What becomes of a run that is due while the one before has not ended: it is left out, waits (one, or all), has the other cancelled, or runs beside it.',
  );

const cron = z.union([z.string().transform((text) => [text]), z.array(z.string()).min(1).max(10)]);

const usualCatchUpMs = 60_000;

const definition = {
  ...planSource,
  inputs: anyObject.default({}).describe('Inputs of the plan, by name.'),
  cron: cron.describe('When: a cron expression of 5 fields, or @daily and the like; or several.'),
  timeZone: z.string().max(100).default('UTC').describe('Of the cron expressions, such as Europe/Berlin. Default UTC.'),
  overlap: overlap.default('skip'),
  catchUp: duration(
    'Runs that were missed while the servers were away are made up for, where they are no older. Default 1m.',
    10_000,
  ).default(usualCatchUpMs),
};

export const newSchedule = strictObject({
  name: name.describe('Begins the ids of its sessions.'),
  ...definition,
  paused: z.boolean().default(false).describe('Whether it begins paused.'),
});
export const changedSchedule = strictObject(definition);

export const schedule = z
  .object({
    name: z.string(),
    plan: z.object({ name: z.string(), hash: z.string() }),
    inputs: anyObject,
    cron: z.array(z.string()),
    timeZone: z.string(),
    overlap: z.enum(overlapPolicies),
    catchUpMs: z.int(),
    paused: z.boolean(),
    note: z.string().nullable().describe('Why it was paused or resumed last.'),
    running: z.int().describe('Runs that have not ended.'),
    next: z.array(time).describe('At most ten.'),
    recent: z
      .array(z.object({ scheduledAt: time, startedAt: time, session: z.string() }))
      .describe('The latest first, at most ten.'),
    problem: z.string().nullable().describe('Why the latest run could not be started.'),
    createdAt: time,
    updatedAt: time,
    etag,
    links,
  })
  .meta({ id: 'Schedule' });

export const scheduleList = z.object({ schedules: z.array(schedule), next });
export const scheduleNote = strictObject({ note: z.string().max(500).exactOptional().describe('Why.') });
export const scheduleTrigger = strictObject({ overlap: overlap.exactOptional() });
export const scheduleBackfill = strictObject({
  from: time.describe('Runs it for all its times of a period that has passed.'),
  to: time,
  overlap: overlap.exactOptional().describe('Default: its own.'),
});
export const scheduleNamed = z.object({ name: z.string() });
/** What runs is among the `recent` of the schedule once it has begun. */
export const scheduleAccepted = scheduleNamed.extend({ links });
