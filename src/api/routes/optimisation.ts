import { z } from 'zod';
import type { AppliedProposal } from '../../contracts/ports/proposal-store';
import { emptyRequest } from '../../contracts/schemas/api/session';
import {
  appliedList,
  appliedPage,
  appliedProposal,
  appliedQuery,
  proposalChoice,
  proposalList,
  proposalPath,
} from '../../contracts/schemas/api/optimisation';
import { isoTime } from '../../contracts/schemas/api/common';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Optimisation';
const latest = new PagedList('applied', z.tuple([part.whole]), ({ nr }: AppliedProposal) => [nr]);
const errors = ['PROPOSAL_NOT_FOUND', 'PROPOSAL_OUTDATED'] as const;

/** Changes that outcomes speak for. */
export function optimisationRoutes({ optimisationOf }: Pick<Gateway, 'optimisationOf'>): AnyRoute[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/v1/optimisation/proposals',
      tag,
      summary: 'Look at what attempts came to, and propose; changes nothing.',
      body: emptyRequest,
      answer: proposalList,
      handle: async ({ principal }) => {
        const found = await optimisationOf(principal.workspace).propose();
        return {
          body: {
            proposals: found.map(({ change, links, ...one }) => ({
              ...one,
              change: change && { ...change },
              links: links.map((link) => ({ ...link })),
            })),
          },
        };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/optimisation/apply',
      tag,
      summary: 'Make exactly the changes that were proposed, all or none.',
      body: proposalChoice,
      answer: appliedList,
      errors,
      handle: async ({ body, principal, seed }) => ({
        body: { applied: (await optimisationOf(principal.workspace).apply(body.proposals, seed)).map(present) },
      }),
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/optimisation/proposals/{proposal}/undo',
      tag,
      summary: 'Put the values back that were there before.',
      path: proposalPath,
      body: emptyRequest,
      answer: appliedProposal,
      errors,
      handle: async ({ path, principal, seed }) => ({
        body: present(await optimisationOf(principal.workspace).undo(path.proposal, seed)),
      }),
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/optimisation/applied',
      tag,
      summary: 'What was applied and undone, the latest first.',
      query: appliedQuery,
      answer: appliedPage,
      handle: async ({ query, principal }) => {
        const { rows, next } = await latest.page(query, ({ limit, after }) =>
          optimisationOf(principal.workspace).applied(limit, after),
        );
        return { body: { applied: rows.map(present), next } };
      },
    }),
  ];
}

function present({ change, appliedAt, undoneAt, ...rest }: AppliedProposal): z.input<typeof appliedProposal> {
  return { ...rest, change: { ...change }, appliedAt: isoTime(appliedAt), undoneAt: isoTime(undoneAt) };
}
