import type { QueryConfig } from 'pg';

/** Says that past attempts of the workspace are worth something else than before: it is to be mined again, whether anything new happens in it or not. */
export function correctionIn(workspace: string): QueryConfig {
  return {
    // Counted, not marked: what is said while a mining is under way is one more than it knew of.
    text: `INSERT INTO insight_minings (workspace, outcomes, up_to, corrections) VALUES ($1, 0, '-infinity', 1)
           ON CONFLICT (workspace) DO UPDATE SET corrections = insight_minings.corrections + 1`,
    values: [workspace],
  };
}
