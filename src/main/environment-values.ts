import { z } from 'zod';

/** A number in an environment variable; whatever is wrong, all that it may be is said. */
export function numberIn({ least, above, most, isWhole = true }: NumberBounds): z.ZodCoercedNumber {
  const bounds = [
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(least === undefined ? [] : [`of at least ${least}`]),
    ...(most === undefined ? [] : [`at most ${most}`]),
  ];
  const takes = `takes a ${isWhole ? 'whole ' : ''}number ${bounds.join(' and ')}`;
  let schema = z.coerce.number(takes);
  if (isWhole) schema = schema.int(takes);
  if (above !== undefined) schema = schema.gt(above, takes);
  if (least !== undefined) schema = schema.min(least, takes);
  return most === undefined ? schema : schema.max(most, takes);
}

interface NumberBounds {
  least?: number;
  above?: number;
  most?: number;
  /** Default true. */
  isWhole?: boolean;
}

/** What values may be, where their schema has no words of its own for it. */
export function allowedWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_value':
      return `takes one of ${issue.values.join(', ')}`;
    case 'invalid_format':
      return issue.format === 'url' ? 'takes an address that begins with http:// or https://' : undefined;
    case 'too_small':
      return issue.origin === 'string' ? 'is empty: give it a value, or do not set it' : undefined;
    default:
      return undefined;
  }
}

/** Of these the value is not shown: keys, and addresses that may have a password in them. */
const hidden = /KEY|SECRET|URL|ENDPOINT/;

/** ` It is "x".`, or nothing. */
export function valueWords(name: string, value: string | undefined): string {
  return value === undefined || value === '' || hidden.test(name) ? '' : ` It is "${value}".`;
}
