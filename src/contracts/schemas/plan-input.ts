import { z } from 'zod';
import { jsonValue, strictObject } from './plan-fields';

export const inputSchema = strictObject({
  type: z.enum(['string', 'number', 'boolean', 'array', 'object']).describe('Type of the value.'),
  required: z
    .boolean()
    .default(false)
    .describe('Whether every run has to give it. Default false: null when it is not given.'),
  description: z.string().exactOptional().describe('What it means, for the people who start the plan.'),
  default: jsonValue
    .exactOptional()
    .describe('Value of a run that does not give it. Taken as it stands, without templates.'),
  enum: z.array(jsonValue).min(1).exactOptional().describe('The values that are allowed.'),
  minimum: z.number().exactOptional().describe('Smallest number that is allowed.'),
  maximum: z.number().exactOptional().describe('Largest number that is allowed.'),
  pattern: z
    .string()
    .exactOptional()
    .describe(
      'Regular expression (RE2) that a string has to match somewhere; ^ and $ anchor it. No look-around, no back-references.',
    ),
}).describe('A value that is given to a run of the plan.');
