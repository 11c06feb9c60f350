import { OrchestraError } from './errors';
import type { ErrorCode } from './errors';
import type { PlanPath } from './plan/issue';

/** What is wrong at one place of what was given. */
export interface ValueFault {
  path: PlanPath;
  detail: string;
}

/** Something that was given cannot be used, for what stands at these places of it. */
export class FaultyValue extends OrchestraError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly faults: readonly ValueFault[],
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}
