import { z } from 'zod';
import { planFileSchema } from './plan-file';

/** JSON Schema of the plan file, for editors: what can be written, with descriptions. */
export function planJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(planFileSchema, { io: 'input', unrepresentable: 'any' }),
    title: 'Agent Orchestra plan',
  };
}
