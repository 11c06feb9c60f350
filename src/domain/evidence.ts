/** One thing that was seen of an attempt, and what it speaks for. */
export interface Evidence {
  /** `exit-code`, `http-status`, `output-format`, `output-size`, `connection`, `start`, `aborted`, `script`, `gate`, `usage`, … */
  kind: string;
  /** `nothing`: it should be known, and speaks neither for nor against the attempt. */
  says: 'succeeded' | 'failed' | 'rate_limited' | 'timed_out' | 'nothing';
  /** E.g. `exit 1`, `HTTP 503`. */
  detail: string;
}

/** The part of a report that a judge looks at. */
export interface AttemptEvidence {
  /** Each piece says by itself whether it speaks for success. The attempt succeeded only if all do, and there is one at least. */
  evidence: Evidence[];
  /** False where trying again cannot help (a 4xx answer, a program that does not exist). Default true. */
  retryable?: boolean;
  /** What went wrong, for people: what, where, what to do next. At most 2,000 characters. */
  error?: string;
}
