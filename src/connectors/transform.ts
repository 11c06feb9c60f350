import type { Connector } from '../contracts/ports/connector';
import { jsonLength } from '../domain/json-length';
import type { TransformAgent } from '../domain/plan/plan';
import { defaultOutputLimitBytes, failureReport } from './failure-reports';

/** No agent: the request has its output rendered, and one that cannot be rendered never comes here. One that is too large fails for good. */
export function createTransformConnector(limit = defaultOutputLimitBytes): Connector<TransformAgent> {
  return {
    run: ({ agent: { output } }) =>
      Promise.resolve(
        jsonLength(output, limit) > limit
          ? failureReport({
              kind: 'output-size',
              detail: `the output exceeded ${limit} characters`,
              error: `What was computed exceeds the limit of ${limit} characters. Let later tasks refer to its parts where they are.`,
              retryable: false,
            })
          : { output, evidence: [{ kind: 'transform', says: 'succeeded', detail: 'computed' }] },
      ),
  };
}
