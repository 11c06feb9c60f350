import { z } from 'zod';
import type { ScheduleOverview, ScheduleRequest, Schedules } from '../../client/schedules';
import { isoTime, pageQuery } from '../../contracts/schemas/api/common';
import {
  changedSchedule,
  newSchedule,
  schedule as scheduleSchema,
  scheduleAccepted,
  scheduleBackfill,
  scheduleList,
  scheduleNamed,
  scheduleNote,
  schedulePath,
  scheduleTrigger,
} from '../../contracts/schemas/api/schedule';
import { scheduleEtag } from '../../contracts/schemas/etags';
import type { Principal } from '../../domain/access/roles';
import type { JsonObject } from '../../domain/json';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { requirePlanSource } from '../read-plan-source';
import { requireScopeOf } from '../require-leave';
import { defineRoute } from '../route';
import type { AnyRoute, Reply } from '../route';
import { planLimitBytes } from './sessions';

const tag = 'Schedules';
const byName = new PagedList('schedules', z.tuple([part.text]), ({ name }: ScheduleOverview) => [name]);
const unknown = ['SCHEDULE_NOT_FOUND'] as const;
const unusable = ['SCHEDULE_INVALID', 'PLAN_INVALID', 'INPUT_INVALID'] as const;

/** Plans that run again and again. */
export function scheduleRoutes(gateway: Gateway): AnyRoute[] {
  const of = ({ workspace }: Principal) => gateway.clientOf(workspace).schedules;
  /** Those of one that somebody may set going. Throws SCHEDULE_NOT_FOUND and TOKEN_FORBIDDEN. */
  const startable = async (name: string, principal: Principal): Promise<Schedules> => {
    const schedules = of(principal);
    await requireScopeOf(principal, async () =>
      gateway.plans.load(principal.workspace, (await schedules.get(name)).planHash),
    );
    return schedules;
  };
  const requestOf = async (
    name: string,
    { plan: text, files, catchUp, inputs, ...times }: z.output<typeof changedSchedule>,
    principal: Principal,
  ): Promise<ScheduleRequest> => {
    const { plan, hash } = await requirePlanSource({ plan: text, files }, principal);
    const { baseDirectory } = gateway;
    const documents = gateway.documentsOf(plan);
    return { name, plan, hash, documents, baseDirectory, inputs: inputs as JsonObject, catchUpMs: catchUp, ...times };
  };
  return [
    defineRoute({
      method: 'POST',
      url: '/v1/schedules',
      tag,
      summary: 'Have a plan run again and again.',
      body: newSchedule,
      answer: scheduleSchema,
      statuses: [201],
      errors: [...unusable, 'SCHEDULE_EXISTS'],
      bodyLimitBytes: planLimitBytes,
      handle: async ({ body: { name, paused, ...body }, principal, seed }) => {
        const created = await of(principal).create({ ...(await requestOf(name, body, principal)), paused }, seed);
        return { body: present(created), location: scheduleUrl(name) };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/schedules',
      tag,
      summary: 'List the schedules, with their next and latest runs.',
      query: pageQuery,
      answer: scheduleList,
      handle: async ({ query, principal }) => {
        const { rows, next } = await byName.page(query, (page) => of(principal).list(page));
        return { body: { schedules: rows.map(present), next } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/schedules/{schedule}',
      tag,
      summary: 'Show a schedule, with its next and latest runs.',
      path: schedulePath,
      answer: scheduleSchema,
      errors: unknown,
      handle: async ({ path, principal }) => ({ body: present(await of(principal).get(path.schedule)) }),
    }),
    defineRoute({
      method: 'PUT',
      url: '/v1/schedules/{schedule}',
      tag,
      summary: 'Give it another plan or other times; what runs goes on, and whether it is paused stays.',
      path: schedulePath,
      body: changedSchedule,
      answer: scheduleSchema,
      errors: [...unknown, ...unusable, 'PRECONDITION_FAILED'],
      bodyLimitBytes: planLimitBytes,
      handle: async ({ path, body, principal, ifMatch }) => ({
        body: present(await of(principal).replace(await requestOf(path.schedule, body, principal), ifMatch)),
      }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/v1/schedules/{schedule}',
      tag,
      summary: 'Remove it; what runs goes on.',
      path: schedulePath,
      answer: scheduleNamed,
      statuses: [204],
      errors: [...unknown, 'PRECONDITION_FAILED'],
      handle: async ({ path, principal, ifMatch }) => {
        await of(principal).remove(path.schedule, ifMatch);
        return { body: { name: path.schedule } };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/schedules/{schedule}/pause',
      tag,
      summary: 'Start nothing at its times until it is resumed.',
      path: schedulePath,
      body: scheduleNote,
      answer: scheduleSchema,
      errors: unknown,
      handle: async ({ path, body, principal, seed }) => ({
        body: present(await of(principal).pause(path.schedule, body.note, seed)),
      }),
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/schedules/{schedule}/resume',
      tag,
      summary: 'Go on.',
      path: schedulePath,
      body: scheduleNote,
      answer: scheduleSchema,
      errors: unknown,
      handle: async ({ path, body, principal, seed }) => ({
        body: present(await (await startable(path.schedule, principal)).resume(path.schedule, body.note, seed)),
      }),
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/schedules/{schedule}/trigger',
      tag,
      summary: 'Run it now, also while it is paused.',
      path: schedulePath,
      body: scheduleTrigger,
      answer: scheduleAccepted,
      statuses: [202],
      errors: unknown,
      handle: async ({ path, body, principal, seed }) => {
        const schedules = await startable(path.schedule, principal);
        await schedules.trigger(path.schedule, { ...body, ...(seed !== undefined && { requestId: seed }) });
        return accepted(path.schedule);
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/schedules/{schedule}/backfill',
      tag,
      summary: 'Run it for all its times of a period that has passed.',
      path: schedulePath,
      body: scheduleBackfill,
      answer: scheduleAccepted,
      statuses: [202],
      errors: [...unknown, 'SCHEDULE_INVALID'],
      handle: async ({ path, body: { from, to, ...body }, principal, seed }) => {
        const schedules = await startable(path.schedule, principal);
        await schedules.backfill(path.schedule, {
          ...{ from: Date.parse(from), to: Date.parse(to), ...body },
          ...(seed !== undefined && { requestId: seed }),
        });
        return accepted(path.schedule);
      },
    }),
  ];
}

function present(overview: ScheduleOverview): z.input<typeof scheduleSchema> {
  const { planName, planHash, baseDirectory: _, ...schedule } = overview;
  return {
    ...schedule,
    plan: { name: planName, hash: planHash },
    next: schedule.next.map((at) => isoTime(at)),
    recent: schedule.recent.map(({ scheduledAt, startedAt, session }) => ({
      ...{ scheduledAt: isoTime(scheduledAt), startedAt: isoTime(startedAt), session },
    })),
    createdAt: isoTime(schedule.createdAt),
    updatedAt: isoTime(schedule.updatedAt),
    etag: scheduleEtag(overview),
    links: linksOf(schedule.name),
  };
}

/** It runs by itself: the schedule shows what runs have begun. */
function accepted(name: string): Reply<z.input<typeof scheduleAccepted>> {
  return { body: { name, links: linksOf(name) }, location: scheduleUrl(name) };
}

function linksOf(name: string): Record<string, string> {
  const self = scheduleUrl(name);
  return {
    self,
    pause: `${self}/pause`,
    resume: `${self}/resume`,
    trigger: `${self}/trigger`,
    backfill: `${self}/backfill`,
  };
}

function scheduleUrl(name: string): string {
  return `/v1/schedules/${encodeURIComponent(name)}`;
}
