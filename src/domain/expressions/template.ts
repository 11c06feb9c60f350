import { expressionError } from './expression-error';
import type { Reference } from './reference';

/** The pieces of a text with `${{ path }}` templates: literal texts and references, in order. */
export type TemplatePart = string | Reference;

const opening = '${{';
const identifier = /[A-Za-z_][A-Za-z0-9_]*/y;
const bracket = /\[\s*(?:(\d{1,9})|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\]/y;
const whiteSpace = /\s*/y;

/**
 * Parses a text with `${{ path }}` templates; `$${{` stands for a literal `${{`. A path is names with `.name`, `["key"]` and `[0]`.
 * Throws EXPRESSION_INVALID.
 */
export function parseTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = '';
  let position = 0;
  for (;;) {
    const start = text.indexOf(opening, position);
    if (start === -1) break;
    if (text[start - 1] === '$' && start > position) {
      literal += text.slice(position, start - 1) + opening;
      position = start + opening.length;
      continue;
    }
    literal += text.slice(position, start);
    if (literal !== '') parts.push(literal);
    literal = '';
    const { reference, end } = readReference(text, start);
    parts.push(reference);
    position = end;
  }
  literal += text.slice(position);
  if (literal !== '') parts.push(literal);
  return parts;
}

function readReference(text: string, start: number): { reference: Reference; end: number } {
  const offset = skip(text, start + opening.length);
  const root = read(identifier, text, offset)?.[0];
  if (root === undefined) throw fault(text, offset, 'a path such as inputs.name or tasks.name.output belongs here');
  const segments: (string | number)[] = [];
  let position = offset + root.length;
  for (;;) {
    const access = readAccess(text, position);
    if (!access) break;
    segments.push(access.segment);
    position = access.end;
  }
  const end = skip(text, position);
  if (!text.startsWith('}}', end)) {
    throw fault(text, end, 'a template holds one path and then }}; decisions belong into "if" or a gate');
  }
  return { reference: { root, segments, text: text.slice(offset, position), offset }, end: end + 2 };
}

function readAccess(text: string, position: number): { segment: string | number; end: number } | undefined {
  if (text[position] === '.') {
    const name = read(identifier, text, position + 1)?.[0];
    if (name === undefined) throw fault(text, position + 1, 'a property name belongs here; write others as ["name"]');
    return { segment: name, end: position + 1 + name.length };
  }
  if (text[position] !== '[') return undefined;
  const match = read(bracket, text, position);
  if (!match) throw fault(text, position, 'brackets hold an index such as [0] or a key such as ["name"]');
  const [whole, index, double, single] = match;
  const segment = index === undefined ? (double ?? single ?? '').replace(/\\(.)/gs, '$1') : Number(index);
  return { segment, end: position + whole.length };
}

function read(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

function skip(text: string, position: number): number {
  return position + (read(whiteSpace, text, position)?.[0].length ?? 0);
}

function fault(text: string, position: number, message: string): Error {
  const around = JSON.stringify(text.slice(Math.max(0, position - 24), position + 24));
  return expressionError(`template, character ${position + 1}, near ${around}: ${message}`);
}
