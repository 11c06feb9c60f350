import { DefaultFailureConverter } from '@temporalio/common';

/** Puts messages and stacks of failures where the payload codec encrypts them. Temporal loads this file by its path, in workflows as well. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
