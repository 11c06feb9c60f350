import { z } from 'zod';
import { contestedIn, placeOf } from '../../client/conflict-overview';
import type { Approval } from '../../contracts/ports/approval-store';
import type { LinePlace } from '../../contracts/ports/routing-reader';
import { isoTime, pageQuery } from '../../contracts/schemas/api/common';
import {
  approval as approvalSchema,
  approvalList,
  approvalPath,
  approvalQuery,
  artifact,
  artifactPath,
  conflicts,
  decision,
  queue,
  settings,
  settingsChange,
} from '../../contracts/schemas/api/workspace';
import { settingsEtag } from '../../contracts/schemas/etags';
import { OrchestraError } from '../../domain/errors';
import type { WorkspaceOptions } from '../../domain/settings/workspace-settings';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { requireScopeOf } from '../require-leave';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const questionsByAge = new PagedList('approvals', z.tuple([part.time, part.text]), ({ askedAt, id }: Approval) => [
  askedAt,
  id,
]);
const line = new PagedList(
  'queue',
  z.tuple([part.time, part.whole, part.whole, z.number(), part.time, part.text, part.text]),
  ({ place }: LinePlace) => place,
);
const contestedRuns = new PagedList(
  'conflicts',
  z.tuple([part.whole, part.whole, part.time, part.text, part.text]),
  placeOf,
);

/** What the sessions of a workspace share: questions, artifacts, resources, the line, settings. */
export function workspaceRoutes({ clientOf, artifacts, routing }: Gateway): AnyRoute[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/approvals',
      tag: 'Approvals',
      summary: 'List questions to people, oldest first.',
      query: approvalQuery,
      answer: approvalList,
      handle: async ({ query: { all, ...query }, principal }) => {
        const { rows, next } = await questionsByAge.page(query, (page) =>
          clientOf(principal.workspace).approvals.list({ onlyOpen: !all, ...page }),
        );
        return { body: { approvals: rows.map(presentApproval), next } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/approvals/{approval}',
      tag: 'Approvals',
      summary: 'Show exactly what is asked.',
      path: approvalPath,
      answer: approvalSchema,
      errors: ['APPROVAL_NOT_FOUND'],
      handle: async ({ path, principal }) => ({
        body: presentApproval(await clientOf(principal.workspace).approvals.get(path.approval)),
      }),
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/approvals/{approval}/decision',
      tag: 'Approvals',
      summary: 'Answer a question, once.',
      path: approvalPath,
      body: decision,
      answer: approvalSchema,
      errors: ['APPROVAL_NOT_FOUND', 'COMMAND_REFUSED'],
      handle: async ({ path, body: { answer, questionHash }, principal, seed }) => {
        const client = clientOf(principal.workspace);
        const { approvals } = client;
        const asked = await approvals.get(path.approval);
        if (questionHash !== undefined && questionHash !== asked.questionHash) {
          throw new OrchestraError(
            'COMMAND_REFUSED',
            `Question ${asked.id} is another one than the one that was read.`,
          );
        }
        if (answer === 'approved') {
          await requireScopeOf(principal, () => client.handle(asked.question.session).plan());
        }
        return { body: presentApproval(await approvals.decide(asked.id, answer, principal.subject, seed)) };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/artifacts/{artifact}',
      tag: 'Artifacts',
      summary: 'An input or output, by its hash.',
      path: artifactPath,
      answer: artifact,
      errors: ['ARTIFACT_NOT_FOUND'],
      handle: async ({ path: { artifact: hash }, principal }) => {
        const values = await artifacts.getJson(principal.workspace, [hash]);
        return { body: { hash, value: values.get(hash) ?? null }, etag: hash };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/conflicts',
      tag: 'Conflicts',
      summary: 'Tasks that wait for what others write or read, and those that went ahead all the same.',
      query: pageQuery,
      answer: conflicts,
      handle: async ({ query, principal }) => {
        const { rows, next } = await contestedRuns.page(query, async (page) =>
          contestedIn(await clientOf(principal.workspace).conflicts(), page),
        );
        return {
          body: {
            waiting: rows.flatMap((one) => ('inSpiteOf' in one ? [] : [{ ...one, since: isoTime(one.since) }])),
            inSpite: rows.flatMap((one) => ('inSpiteOf' in one ? [{ ...one }] : [])),
            next,
          },
        };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/queue',
      tag: 'Queue',
      summary: 'Tasks that wait for agents, in the order in which they get them.',
      query: pageQuery,
      answer: queue,
      handle: async ({ query, principal }) => {
        const { rows, next } = await line.page(query, ({ limit, after }) =>
          routing.line(principal.workspace, limit, after),
        );
        return { body: { runs: rows.map(({ since, place: _, ...run }) => ({ ...run, since: isoTime(since) })), next } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/settings',
      tag: 'Settings',
      summary: 'What the workspace says about routing and limits.',
      answer: settings,
      handle: async ({ principal }) => ({
        body: presentSettings(await clientOf(principal.workspace).settings.get()),
      }),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/v1/settings',
      tag: 'Settings',
      summary: 'Change settings, all or nothing.',
      body: settingsChange,
      answer: settings,
      errors: ['SETTING_INVALID', 'PRECONDITION_FAILED'],
      handle: async ({ body, principal, ifMatch }) => ({
        body: presentSettings(await clientOf(principal.workspace).settings.change(body, ifMatch)),
      }),
    }),
  ];
}

function presentApproval(approval: Approval): z.input<typeof approvalSchema> {
  const { id, status, question, questionHash, askedAt, decidedAt, decidedBy, usedAt } = approval;
  return {
    id,
    status,
    question: { ...question },
    questionHash,
    askedAt: isoTime(askedAt),
    decidedAt: isoTime(decidedAt),
    decidedBy,
    usedAt: isoTime(usedAt),
  };
}

function presentSettings(options: WorkspaceOptions): z.input<typeof settings> {
  return { settings: { ...options }, etag: settingsEtag(options) };
}
