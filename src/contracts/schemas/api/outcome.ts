import { z } from 'zod';
import { outcomeReportSchema } from '../outcome-report';
import { strictObject } from '../plan-fields';
import { id } from './common';

/** As it is written; whose it is, and whether it lies in the future, is found out later. */
const written = outcomeReportSchema('', Infinity).in;

export const outcomeReports = strictObject({
  reports: z.array(written).min(1).max(1_000).describe('What comes again under its id counts once.'),
});
export const reportedOutcomes = z.object({
  reported: z.int(),
  known: z.int().describe('How many were known already, by their ids.'),
});

export const insightPath = z.object({ insight: id.describe('Id of an insight.') });
