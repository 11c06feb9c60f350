export interface WorkFailureAdvice {
  /** Whether another attempt can help. Default true. */
  retryable?: boolean;
  /** The agent asks to be left alone for so long. */
  retryAfterMs?: number;
  /** The agent was asked for too much: it costs it no reputation. */
  rateLimited?: boolean;
}

/** Thrown by the work of an agent that wants to say more than that it failed. */
export class WorkFailure extends Error {
  override readonly name = 'WorkFailure';

  constructor(
    message: string,
    readonly advice: WorkFailureAdvice = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
