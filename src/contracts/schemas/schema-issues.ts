import type { z } from 'zod';
import { didYouMean } from '../../domain/did-you-mean';
import type { PlanIssue } from '../../domain/plan/issue';

type RawIssue = z.core.$ZodRawIssue;
type Issue = z.core.$ZodIssue;

/** What zod found, one issue for each fault, with the branch of a union that was probably meant. */
export function issuesOfSchema(error: z.core.$ZodError): PlanIssue[] {
  return error.issues.flatMap((issue) => flatten(issue, []));
}

function flatten(issue: Issue, prefix: (string | number)[]): PlanIssue[] {
  const path = [...prefix, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const lines = issue.message.split('\n');
      return issue.keys.map((key, index) => ({
        path: [...path, key],
        message: lines[index] ?? issue.message,
        atKey: true,
      }));
    }
    case 'invalid_key':
      return [
        { path, message: `the name "${path.at(-1) ?? ''}" ${issue.issues[0]?.message ?? issue.message}`, atKey: true },
      ];
    case 'invalid_union': {
      const ofType = issue.errors.filter((branch) => !branch.some((inner) => isAtTop(inner, 'invalid_type')));
      const likely = ofType.find((branch) => !branch.some((inner) => isAtTop(inner, 'invalid_value'))) ?? ofType[0];
      if (likely) return likely.flatMap((inner) => flatten(inner, path));
      const messages = issue.errors.flatMap((branch) => branch.map((inner) => inner.message));
      return [{ path, message: messages.length === 0 ? issue.message : [...new Set(messages)].join(', or ') }];
    }
    default:
      return [{ path, message: issue.message }];
  }
}

function isAtTop(issue: Issue, code: Issue['code']): boolean {
  return issue.path.length === 0 && issue.code === code;
}

/** Messages for people where a schema has none of its own. */
export function describeSchemaFault(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      if (issue.expected === 'int') return 'must be a whole number';
      // Of a text that should have been one, in a query.
      if (Number.isNaN(issue.input)) return 'must be a number';
      return `must be ${nameOfType(issue.expected)}, not ${nameOfType(typeOf(issue.input))}${quoteHint(issue.expected, issue.input)}`;
    case 'invalid_value':
      return oneOf(issue.values.map(String), issue.input);
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? oneOf(issue.options.map(String), discriminatorOf(issue))
        : undefined;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be at least ${issue.minimum}`
        : 'must not be empty';
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

function discriminatorOf(issue: RawIssue): unknown {
  const key = 'discriminator' in issue && typeof issue.discriminator === 'string' ? issue.discriminator : '';
  const { input } = issue;
  return typeof input === 'object' && input !== null && Object.hasOwn(input, key)
    ? (input as Record<string, unknown>)[key]
    : undefined;
}

function oneOf(allowed: string[], input: unknown): string {
  const list = allowed.length === 1 ? (allowed[0] ?? '') : `one of ${allowed.join(', ')}`;
  if (input === undefined) return `is missing: it must be ${list}`;
  return `must be ${list}${typeof input === 'string' ? didYouMean(input, allowed) : ''}`;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

const typeNames: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
  null: 'empty',
};

function nameOfType(type: string): string {
  return typeNames[type] ?? type;
}

function quoteHint(expected: string, input: unknown): string {
  return expected === 'string' && (typeof input === 'number' || typeof input === 'boolean') ? ': put it in quotes' : '';
}
