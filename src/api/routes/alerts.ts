import { z } from 'zod';
import type { AlertHistoryEntry, AlertOverview } from '../../contracts/ports/alert-store';
import {
  acknowledgement,
  alert as alertSchema,
  alertDeliveries,
  alertEventQuery,
  alertEvents,
  alertList,
  alertPage,
  alertPath,
  alertRule,
  alertTest,
  newAlertPath,
} from '../../contracts/schemas/api/alert';
import { isoTime, pageQuery } from '../../contracts/schemas/api/common';
import { alertEtag } from '../../contracts/schemas/etags';
import { alertMetrics, alertRuleIssues, defaultClearAt, defaultWindowMs } from '../../domain/alerts/alert-rule';
import type { AlertRule } from '../../domain/alerts/alert-rule';
import { FaultyValue } from '../../domain/faulty-value';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Alerts';
const rulesByName = new PagedList('alerts', z.tuple([part.text]), ({ rule }: AlertOverview) => [rule.name]);
const latestEvents = new PagedList('alert-events', z.tuple([part.time, part.text]), ({ at, id }: AlertHistoryEntry) => [
  at,
  id,
]);

/** Limits of metrics that the workspace wants to hear of. Who is told: webhooks of the type `alert`. */
export function alertRoutes({ alerts }: Pick<Gateway, 'alerts'>): AnyRoute[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/alerts',
      tag,
      summary: 'List the rules, with what the latest sweep measured.',
      query: pageQuery,
      answer: alertPage,
      handle: async ({ query, principal }) => {
        const { rows, next } = await rulesByName.page(query, (page) => alerts.list(principal.workspace, page));
        return { body: { alerts: rows.map(present), next } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/alerts/{alert}',
      tag,
      summary: 'Show a rule, with what the latest sweep measured.',
      path: alertPath,
      answer: alertSchema,
      errors: ['ALERT_NOT_FOUND'],
      handle: async ({ path, principal }) => ({ body: present(await alerts.get(principal.workspace, path.alert)) }),
    }),
    defineRoute({
      method: 'PUT',
      url: '/v1/alerts/{alert}',
      tag,
      summary: 'Raise an alert while a metric is behind a limit; in place of the rule of that name, which begins anew.',
      path: newAlertPath,
      body: alertRule,
      answer: alertSchema,
      errors: ['INPUT_INVALID', 'PRECONDITION_FAILED'],
      handle: async ({ path, body, principal: { workspace }, ifMatch }) => ({
        body: present(await alerts.set(workspace, ruleOf(path.alert, body), ifMatch)),
      }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/v1/alerts/{alert}',
      tag,
      summary: 'Take a rule away.',
      path: alertPath,
      answer: alertList,
      errors: ['ALERT_NOT_FOUND', 'PRECONDITION_FAILED'],
      handle: async ({ path, principal: { workspace }, ifMatch }) => {
        await alerts.remove(workspace, path.alert, ifMatch);
        return { body: { alerts: (await alerts.list(workspace)).map(present) } };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/alerts/{alert}/acknowledge',
      tag,
      summary: 'Say that somebody sees to a raised alert: it is not told again until it has cleared.',
      path: alertPath,
      body: acknowledgement,
      answer: alertSchema,
      errors: ['ALERT_NOT_FOUND', 'ALERT_NOT_RAISED'],
      handle: async ({ path, body, principal: { workspace, subject }, seed }) => ({
        body: present(await alerts.acknowledge(workspace, path.alert, { ...body, by: subject }, seed)),
      }),
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/alerts/history',
      tag,
      summary: 'What was raised, acknowledged and cleared in the last 90 days, the latest first, and who was told.',
      query: alertEventQuery,
      answer: alertEvents,
      handle: async ({ query, principal }) => {
        const { rows, next } = await latestEvents.page(query, ({ limit, after }) =>
          alerts.history(principal.workspace, limit, after),
        );
        return {
          body: { events: rows.map(({ at, agent = null, ...event }) => ({ ...event, agent, at: isoTime(at) })), next },
        };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/alerts/test',
      tag,
      summary: 'Send a message to all who are told of alerts, or to one, now.',
      body: alertTest,
      answer: alertDeliveries,
      errors: ['ALERT_NOT_FOUND'],
      handle: async ({ body, principal, seed }) => ({
        body: { deliveries: await alerts.test(principal.workspace, body.webhook, seed) },
      }),
    }),
  ];
}

function ruleOf(name: string, { window, agent, repeatEvery, ...said }: z.output<typeof alertRule>): AlertRule {
  const rule: AlertRule = {
    ...said,
    name,
    agent: agent ?? null,
    clearAt: said.clearAt ?? defaultClearAt(said.metric, said.raiseAt),
    windowMs: window ?? defaultWindowMs(said.metric),
    ...(repeatEvery !== undefined && { repeatMs: repeatEvery }),
  };
  const faults = alertRuleIssues(rule).map(({ path: [field], detail }) => ({
    path: [field === 'repeatMs' ? 'repeatEvery' : (field ?? '')],
    detail,
  }));
  if (faults.length === 0) return rule;
  const words = faults.map(({ detail }) => detail).join('; ');
  throw new FaultyValue('INPUT_INVALID', `This cannot be an alert: ${words}.`, faults);
}

function present(alert: AlertOverview): z.input<typeof alertSchema> {
  const { rule, isRaised, value, acknowledged } = alert;
  return {
    ...rule,
    unit: alertMetrics[rule.metric].unit,
    raised: isRaised,
    value,
    acknowledged: acknowledged && { ...acknowledged, at: isoTime(acknowledged.at) },
    etag: alertEtag(alert),
  };
}
