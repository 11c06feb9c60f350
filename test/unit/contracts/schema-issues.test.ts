import { z } from 'zod';
import { describeSchemaFault } from '../../../src/contracts/schemas/schema-issues';

/** What is said of a value that the schema does not take. */
function faultOf(schema: z.ZodType, value: unknown): string | undefined {
  return schema.safeParse(value, { error: describeSchemaFault }).error?.issues[0]?.message;
}

it('says of a query that is no number that it must be one', () => {
  expect(faultOf(z.coerce.number().int(), 'zz')).toBe('must be a number');
  expect(faultOf(z.number(), 'zz')).toBe('must be a number, not a text');
});
