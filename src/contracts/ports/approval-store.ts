import type { Page } from './page';
import type { Question } from './turn-store';

/** Questions to people, and what they answered. */
export interface ApprovalStore {
  /** Oldest first; those that are open, or all. */
  list(workspace: string, options: { onlyOpen: boolean } & Page<[askedAt: number, id: string]>): Promise<Approval[]>;
  find(workspace: string, id: string): Promise<Approval | undefined>;
  /** Answers an open question, once; undefined where it is not open, unless the request of the same `seed` has answered it. The session is told. */
  decide(
    workspace: string,
    id: string,
    answer: 'approved' | 'rejected',
    by: string,
    seed?: string,
  ): Promise<Approval | undefined>;
}

export interface Approval {
  id: string;
  question: Question;
  /** SHA-256 of the canonical JSON of the question. */
  questionHash: string;
  /** `withdrawn`: the run does not wait for it any more. */
  status: 'open' | 'approved' | 'rejected' | 'withdrawn';
  /** Milliseconds since 1970, here and below. */
  askedAt: number;
  decidedAt: number | null;
  decidedBy: string | null;
  /** When it let its attempt through. */
  usedAt: number | null;
}
