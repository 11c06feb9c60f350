import { OrchestraError } from '../domain/errors';
import type { ErrorCode } from '../domain/errors';

/** What is wrong at one place of a request. */
export interface Fault {
  /** JSON Pointer into the body; with `in`, into that part of the request. */
  pointer: string;
  in?: 'query' | 'path' | 'header';
  detail: string;
}

/** A request that is refused for what stands in it. */
export class RequestFault extends OrchestraError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly faults: readonly Fault[],
  ) {
    super(code, message);
  }
}
