import type { ErrorCode } from '../../domain/errors';
import type { JsonSchema } from './schema-book';

/** Refusals, written once for all operations that refuse for the same reasons and with the same headers. */
export class RefusalBook {
  private readonly byName = new Map<string, JsonSchema>();

  constructor(private readonly problem: JsonSchema) {}

  of(codes: readonly ErrorCode[], headers: JsonSchema): JsonSchema {
    const marks = [
      ...('Idempotency-Replayed' in headers ? ['repeatable'] : []),
      ...('RateLimit' in headers ? [] : ['uncounted']),
    ];
    const name = [...codes, ...marks].join('.');
    const content = { 'application/problem+json': { schema: this.problem } };
    this.byName.set(name, { description: `${codes.join(', ')}: see docs/errors.md.`, headers, content });
    return { $ref: `#/components/responses/${name}` };
  }

  named(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.byName].sort(([left], [right]) => (left < right ? -1 : 1)));
  }
}
