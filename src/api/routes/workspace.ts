import type { z } from 'zod';
import type { Approval } from '../../contracts/ports/approval-store';
import { isoTime } from '../../contracts/schemas/api/common';
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
  queueQuery,
  settings,
  settingsChange,
} from '../../contracts/schemas/api/workspace';
import { settingsEtag } from '../../contracts/schemas/etags';
import { OrchestraError } from '../../domain/errors';
import type { WorkspaceOptions } from '../../domain/settings/workspace-settings';
import type { Gateway } from '../gateway';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

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
      handle: async ({ query: { all, limit }, principal }) => {
        const found = await clientOf(principal.workspace).approvals.list({ onlyOpen: !all, limit });
        return { body: { approvals: found.map(presentApproval) } };
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
      handle: async ({ path, body: { answer, questionHash }, principal }) => {
        const { approvals } = clientOf(principal.workspace);
        const asked = await approvals.get(path.approval);
        if (questionHash !== undefined && questionHash !== asked.questionHash) {
          throw new OrchestraError(
            'COMMAND_REFUSED',
            `Question ${asked.id} is another one than the one that was read.`,
          );
        }
        return { body: presentApproval(await approvals.decide(asked.id, answer, principal.subject)) };
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
      answer: conflicts,
      handle: async ({ principal }) => {
        const { waiting, inSpite } = await clientOf(principal.workspace).conflicts();
        return {
          body: {
            waiting: waiting.map(({ since, ...one }) => ({ ...one, since: isoTime(since) })),
            inSpite: inSpite.map((one) => ({ ...one })),
          },
        };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/queue',
      tag: 'Queue',
      summary: 'Tasks that wait for agents, the most urgent first.',
      query: queueQuery,
      answer: queue,
      handle: async ({ query, principal }) => {
        const line = await routing.line(principal.workspace, query.limit);
        return { body: { runs: line.map(({ since, ...place }) => ({ ...place, since: isoTime(since) })) } };
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
