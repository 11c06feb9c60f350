import type { Json } from '../json';
import type { ExpressionScope } from './expression-scope';
import { resolveReference } from './resolve-reference';
import { parseTemplate } from './template';

/**
 * Replaces the templates in all texts of a value. A template alone in its text keeps the type of what it names; inside a text, objects and
 * lists become JSON and null becomes nothing. What is put in is never rendered again. Throws EXPRESSION_INVALID.
 */
export function renderTemplate(value: Json, scope: ExpressionScope): Json {
  if (typeof value === 'string') return renderText(value, scope);
  if (Array.isArray(value)) return value.map((member) => renderTemplate(member, scope));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, renderTemplate(member, scope)]));
}

function renderText(text: string, scope: ExpressionScope): Json {
  if (!text.includes('${{')) return text;
  const parts = parseTemplate(text);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== 'string') return resolveReference(only, scope);
  return parts.map((part) => (typeof part === 'string' ? part : asText(resolveReference(part, scope)))).join('');
}

function asText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
