import type { Cell } from '../../domain/learning/cells';
import type { LearningQuery } from '../../domain/learning/learnings';

export interface LearningsReader {
  /** What is known in exactly this scope, of at most 100 agents, of whom most is known. At most a minute old. */
  cells(workspace: string, query: LearningQuery): Promise<Cell[]>;
}
