import type { Json } from '../../domain/json';
import type { FoundFunction } from './find-function';

/** A call, as a thread is asked for it. */
export interface FunctionCall extends FoundFunction {
  /** What the function is told: its input is `work.input`. */
  work: { input: Json; idempotencyKey: string } & Record<string, unknown>;
  limitBytes: number;
}

/** What a call came to, as the thread says it. */
export type ThreadResult =
  | { kind: 'returned'; json: string }
  | { kind: 'threw'; message: string; advice: FunctionAdvice }
  /** No such export, or none that can be called, or a module that cannot be loaded. */
  | { kind: 'unusable'; detail: string; message: string }
  | { kind: 'not-json'; message: string }
  | { kind: 'oversized' };

export type FunctionResult =
  | ThreadResult
  | { kind: 'aborted' }
  /** The function has ended its thread: by `process.exit`, by using up its memory, by an error that nobody caught. */
  | { kind: 'died'; message: string };

/** What a function says with the error that it throws; see WorkFailure of the SDK. */
export interface FunctionAdvice {
  retryable?: boolean;
  retryAfterMs?: number;
  rateLimited?: boolean;
}
