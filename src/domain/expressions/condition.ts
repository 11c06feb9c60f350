import type { ParseResult } from '@marcbachmann/cel-js';
import { planLimits } from '../plan/limits';
import { celEnvironment } from './cel-environment';
import { toCelValue } from './cel-value';
import { inspectCondition } from './condition-syntax';
import { expressionError } from './expression-error';
import { scopeValue } from './expression-scope';
import type { ExpressionScope } from './expression-scope';
import type { Reference } from './reference';

/** A CEL expression that has been read and checked. */
export interface Condition {
  text: string;
  /** What it refers to, in the order of the text. */
  references: readonly Reference[];
  /** Loops inside each other. */
  loopDepth: number;
  program: ParseResult;
}

/** Steps that two loops inside each other may take. */
const maxLoopSteps = 10_000_000;

/** Reads a CEL expression that must come to true or false. Throws EXPRESSION_INVALID, with the position in the text. */
export function compileCondition(text: string): Condition {
  const { type, condition } = compileExpression(text, 'condition');
  if (type === 'bool' || type === 'dyn') return condition;
  throw expressionError(
    `the condition comes to a value of type ${type}, not to true or false: compare it with something`,
  );
}

/** Reads a CEL expression of whatever type. `what`: how faults call it. */
export function compileExpression(text: string, what: string): { type: string; condition: Condition } {
  if (text.length > planLimits.conditionLength) {
    throw expressionError(
      `the ${what} has ${text.length} characters, at most ${planLimits.conditionLength} are allowed`,
    );
  }
  const program = attempt(what, () => celEnvironment.parse(text));
  const { references, loopDepth } = inspectCondition(program.ast);
  const checked = program.check();
  if (!checked.valid) throw celError(what, checked.error);
  return { type: String(checked.type), condition: { text, references, loopDepth, program } };
}

/** Decides. Throws EXPRESSION_INVALID when the expression cannot be evaluated, or comes to something else than true or false. */
export function evaluateCondition(condition: Condition, scope: ExpressionScope): boolean {
  const result = evaluateExpression(condition, scope, 'condition');
  if (typeof result === 'boolean') return result;
  throw expressionError(
    `condition "${condition.text}" came to ${describeResult(result)}, not to true or false: compare it with something`,
  );
}

/** What it comes to. Throws EXPRESSION_INVALID when it cannot be evaluated. */
export function evaluateExpression(condition: Condition, scope: ExpressionScope, what: string): unknown {
  const context = celContext(condition, scope);
  return attempt(`${what} "${condition.text}"`, () => condition.program(context) as unknown);
}

/** Only what the condition refers to is converted: outputs can be large. */
function celContext(condition: Condition, scope: ExpressionScope): Record<string, unknown> {
  const roots = new Set(condition.references.map((reference) => reference.root));
  const taskNames = condition.references
    .filter(({ root }) => root === 'tasks')
    .map(({ segments }) => String(segments[0]));
  let longestList = 0;
  const context: Record<string, unknown> = {};
  for (const root of roots) {
    const value = root === 'tasks' ? pick(scope.tasks, taskNames) : scopeValue(scope, root);
    if (value === undefined) continue;
    const converted = toCelValue(value);
    longestList = Math.max(longestList, converted.longestList);
    context[root] = converted.value;
  }
  if (condition.loopDepth > 1 && longestList ** 2 > maxLoopSteps) {
    throw expressionError(
      `condition "${condition.text}" has a loop inside a loop over ${longestList} items, at most ${Math.floor(Math.sqrt(maxLoopSteps))} are allowed: let the task count`,
    );
  }
  return context;
}

function pick<Value>(record: Record<string, Value>, keys: string[]): Record<string, Value> {
  const picked: Record<string, Value> = {};
  for (const key of keys) {
    const value = Object.hasOwn(record, key) ? record[key] : undefined;
    if (value !== undefined) picked[key] = value;
  }
  return picked;
}

function attempt<Result>(what: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw celError(what, error);
  }
}

function celError(what: string, error: unknown): Error {
  const { summary, message, range } = error as { summary?: string; message?: string; range?: { start: number } };
  const position = range ? `, character ${range.start + 1}` : '';
  const text = summary ?? message ?? String(error);
  return expressionError(
    `${what}${position}: ${text.replace('Unexpected token: EOF', 'something is missing at the end')}`,
    { cause: error },
  );
}

/** E.g. `the number 3`. */
export function describeResult(result: unknown): string {
  if (typeof result === 'boolean') return String(result);
  if (result === null) return 'null';
  if (typeof result === 'bigint' || typeof result === 'number') return `the number ${result}`;
  if (typeof result === 'string') return 'a text';
  return Array.isArray(result) ? 'a list' : 'an object';
}
