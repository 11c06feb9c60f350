import { OrchestraError } from '../errors';

/** An expression that cannot be read or evaluated. */
export function expressionError(message: string, options?: ErrorOptions): OrchestraError {
  return new OrchestraError('EXPRESSION_INVALID', message, options);
}
