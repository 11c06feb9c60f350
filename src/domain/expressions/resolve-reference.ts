import { didYouMean } from '../did-you-mean';
import type { Json } from '../json';
import { expressionError } from './expression-error';
import { scopeValue } from './expression-scope';
import type { ExpressionScope } from './expression-scope';
import { faultOfReference } from './reference';
import type { Reference } from './reference';

/**
 * The value a reference names. A part of null is null, so that paths into the output of a task that did not succeed are null; a part that a
 * value does not have is an error that says what the value has. Sees own properties only. Throws EXPRESSION_INVALID.
 */
export function resolveReference(reference: Reference, scope: ExpressionScope): Json {
  // Secrets are no part of what plans know: only a scope that has them knows the name.
  const fault = isOfAgent(reference, scope) ? undefined : faultOfReference(reference);
  if (fault !== undefined) throw expressionError(fault);
  const root = scopeValue(scope, reference.root);
  if (root === undefined) throw expressionError(`"${reference.text}": ${reference.root} is not known here`);
  let value = root;
  let path: string = reference.root;
  for (const segment of reference.segments) {
    if (value === null) return null;
    value = part(value, segment, path, reference);
    path += typeof segment === 'number' ? `[${segment}]` : `.${segment}`;
  }
  return value;
}

function part(value: Json, segment: string | number, path: string, { text }: Reference): Json {
  if (Array.isArray(value)) {
    const member = typeof segment === 'number' ? value[segment] : undefined;
    if (member !== undefined) return member;
    throw expressionError(`"${text}": ${path} is a list of ${value.length}, it has no ${JSON.stringify(segment)}`);
  }
  if (value !== null && typeof value === 'object') {
    const key = String(segment);
    const member = Object.hasOwn(value, key) ? value[key] : undefined;
    if (member !== undefined) return member;
    throw expressionError(
      `"${text}": ${path} has no "${key}"${didYouMean(key, Object.keys(value))}; it has ${listKeys(value)}`,
    );
  }
  throw expressionError(`"${text}": ${path} is a ${typeof value}, it has no ${JSON.stringify(segment)}`);
}

function listKeys(value: { [key: string]: Json }): string {
  const keys = Object.keys(value);
  if (keys.length === 0) return 'nothing';
  return (
    keys
      .slice(0, 10)
      .map((key) => key.slice(0, 60))
      .join(', ') + (keys.length > 10 ? `, and ${keys.length - 10} more` : '')
  );
}

/** What only the settings of agents may name. */
function isOfAgent({ root }: Reference, scope: ExpressionScope): boolean {
  return (root === 'secrets' || root === 'model') && scope[root] !== undefined;
}
