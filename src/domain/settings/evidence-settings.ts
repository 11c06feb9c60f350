/** How a workspace lets evidence decide what plans leave open. */
export interface EvidenceSettings {
  /** The share of attempts that must succeed with a model, 0–1, where a task does not say. */
  atLeast: number;
  /** How sure that must be, 0–1. */
  confidence: number;
  /** Whether it shortens timeouts that plans do not state. */
  timeouts: boolean;
  /** Whether it says how often runs are tried, and ends retries in vain, where plans do not state how many there are. */
  retries: boolean;
}

export const defaultEvidence: EvidenceSettings = { atLeast: 0.8, confidence: 0.8, timeouts: true, retries: true };
