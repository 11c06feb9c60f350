import { z } from 'zod';
import type { ApiTokenOverview } from '../../contracts/ports/api-tokens';
import { isoTime, pageQuery } from '../../contracts/schemas/api/common';
import { madeToken, newToken, tokenList, tokenPage, tokenPath, whoami } from '../../contracts/schemas/api/access';
import { tokenNotFound, workspaceNotFound } from '../../domain/access/workspace-errors';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { requireToGive } from '../require-leave';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';
import { administersInstallation } from './workspaces';

const tag = 'Tokens';
const byAge = new PagedList('tokens', z.tuple([part.time, part.text]), ({ createdAt, id }: ApiTokenOverview) => [
  createdAt,
  id,
]);
const dayMs = 86_400_000;

/** Tokens by which programs use the API. */
export function tokenRoutes({ apiTokens, createApiToken, workspaces, homeWorkspace, now }: Gateway): AnyRoute[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/whoami',
      tag,
      summary: 'Say who makes the request: by the token, or the login.',
      answer: whoami,
      handle: ({ principal: { workspace, role, subject, scope } }) => ({
        body: { workspace, role, subject, ...(scope && { scope }) },
      }),
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/tokens',
      tag,
      summary: 'List the tokens of programs that are valid, without their secrets.',
      query: pageQuery,
      answer: tokenPage,
      handle: async ({ query, principal }) => {
        const { rows, next } = await byAge.page(query, (page) => apiTokens.list(principal.workspace, page));
        return { body: { tokens: rows.map(presentToken), next } };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/tokens',
      tag,
      summary: 'Make a token for a program. Its secret is shown once, and only its hash is kept.',
      body: newToken,
      answer: madeToken,
      statuses: [201],
      errors: ['WORKSPACE_NOT_FOUND'],
      withoutSecrets: (answer) => ({ ...answer, token: null }),
      handle: async ({ body: { name, role, expiresInDays, scope, workspace = '' }, principal, seed }) => {
        requireToGive(principal, scope, ['scope']);
        const isOther = workspace !== '' && workspace !== principal.workspace;
        if (isOther) {
          const isThere =
            administersInstallation(principal, homeWorkspace) && (await workspaces.find(workspace)) !== undefined;
          if (!isThere) throw workspaceNotFound(workspace);
        }
        const owner = isOther ? workspace : principal.workspace;
        const scoped = scope && { scope };
        const expiresAt = now() + expiresInDays * dayMs;
        const { id, token } = await createApiToken(owner, { name, role, ...scoped, expiresAt }, seed);
        return {
          body: { id, name, role, ...scoped, workspace: owner, expiresAt: isoTime(expiresAt), token },
          location: '/v1/tokens',
        };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/v1/tokens/{token}',
      tag,
      summary: 'Take a token of a program back, at once.',
      path: tokenPath,
      answer: tokenList,
      errors: ['TOKEN_NOT_FOUND'],
      handle: async ({ path: { token }, principal }) => {
        if (!(await apiTokens.revoke(principal.workspace, token))) throw tokenNotFound(principal.workspace, token);
        return { body: { tokens: (await apiTokens.list(principal.workspace)).map(presentToken) } };
      },
    }),
  ];
}

function presentToken({
  createdAt,
  expiresAt,
  ...token
}: ApiTokenOverview): z.input<typeof tokenList>['tokens'][number] {
  return { ...token, createdAt: isoTime(createdAt), expiresAt: isoTime(expiresAt) };
}
