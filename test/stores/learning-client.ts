import type { Pool } from 'pg';
import { Learning } from '../../src/client/learning';
import { createFeedbackStore } from '../../src/stores/feedback';
import { createInsightCatalog } from '../../src/stores/insights';
import { createLearningStore } from '../../src/stores/learning';
import { createLearningsReader } from '../../src/stores/learnings-reader';
import { createOutcomeReportStore } from '../../src/stores/outcome-reports';

/** What the client knows of learning, on the stores. */
export function learningOn(pool: Pool): Learning {
  return new Learning({
    learnings: createLearningsReader(pool, Date.now),
    learning: createLearningStore(pool),
    feedback: createFeedbackStore(pool),
    reports: createOutcomeReportStore(pool),
    insights: createInsightCatalog(pool),
    workspace: 'default',
  });
}
