import { z } from 'zod';
import { ProposalKind } from '../../../domain/optimise/proposal';
import { strictObject } from '../plan-fields';
import { anyObject, id, next, pageOf, time } from './common';

export const proposalPath = z.object({ proposal: id.describe('Id of a proposal.') });

const change = anyObject.describe('Values of `settings`, or of an `agent`, `before` and `after`.');

export const proposal = z
  .object({
    id: z.string(),
    kind: z.enum(ProposalKind),
    says: z.string(),
    change: change.nullable().describe('Null where it is in a plan file.'),
    advice: z.string().nullable().describe('What to do, where nothing can be applied.'),
    evidence: z.object({ sessions: z.int(), attempts: z.int() }),
    effect: z.object({
      what: z.string(),
      unit: z.enum(['share', 'usd', 'ms']),
      estimate: z.number(),
      low: z.number().describe('The gain is in between with 95%.'),
      high: z.number(),
    }),
    links: z.array(anyObject).describe('The newest attempts that show it.'),
  })
  .meta({ id: 'Proposal' });
export const proposalList = z.object({ proposals: z.array(proposal) });

export const proposalChoice = strictObject({
  proposals: z.array(id).min(1).max(100).describe('Ids of proposals: all are applied, or none.'),
});
export const appliedProposal = z
  .object({
    nr: z.int().describe('Higher for what came later.'),
    proposal: z.string(),
    says: z.string(),
    change,
    appliedAt: time,
    undoneAt: time.nullable(),
  })
  .meta({ id: 'AppliedProposal' });
export const appliedQuery = z.object(pageOf(20, 1_000));
export const appliedList = z.object({ applied: z.array(appliedProposal) });
export const appliedPage = appliedList.extend({ next });
