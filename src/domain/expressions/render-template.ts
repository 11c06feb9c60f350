import type { Json } from '../json';
import { jsonLength } from '../json-length';
import { planLimits } from '../plan/limits';
import { expressionError } from './expression-error';
import type { ExpressionScope } from './expression-scope';
import type { Reference } from './reference';
import { resolveReference } from './resolve-reference';
import { parseTemplate } from './template';

/**
 * Replaces the templates in all texts of a value. A template alone in its text keeps the type of what it names; inside a text, objects and
 * lists become JSON and null becomes nothing. What is put in is never rendered again. Throws EXPRESSION_INVALID, also where more is put in than
 * `planLimits.renderedLength`: what a task makes twice as large each time is soon more than any process can hold.
 */
export function renderTemplate(value: Json, scope: ExpressionScope): Json {
  let left: number = planLimits.renderedLength;
  const resolve: Resolve = (reference) => resolveReference(reference, scope);
  const count: Resolve = (reference) => {
    const resolved = resolve(reference);
    left -= jsonLength(resolved, left);
    if (left < 0)
      throw expressionError(`templates put more than ${planLimits.renderedLength} characters into one value`);
    return resolved;
  };
  // One template alone is as large as what it names, which is there already.
  return typeof value === 'string' ? renderText(value, count, resolve) : render(value, count);
}

type Resolve = (reference: Reference) => Json;

function render(value: Json, resolve: Resolve): Json {
  if (typeof value === 'string') return renderText(value, resolve, resolve);
  if (Array.isArray(value)) return value.map((member) => render(member, resolve));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, render(member, resolve)]));
}

function renderText(text: string, resolve: Resolve, resolveAlone: Resolve): Json {
  if (!text.includes('${{')) return text;
  const parts = parseTemplate(text);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== 'string') return resolveAlone(only);
  return parts.map((part) => (typeof part === 'string' ? part : asText(resolve(part)))).join('');
}

function asText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
