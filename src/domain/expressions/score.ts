import { compileExpression, describeResult, evaluateExpression } from './condition';
import type { Condition } from './condition';
import { expressionError } from './expression-error';
import type { ExpressionScope } from './expression-scope';

const numbers = ['int', 'uint', 'double', 'dyn'];

/** Reads a CEL expression that must come to a number from 0 to 1. Throws EXPRESSION_INVALID, with the position in the text. */
export function compileScore(text: string): Condition {
  const { type, condition } = compileExpression(text, 'score');
  if (numbers.includes(type)) return condition;
  throw expressionError(`the score comes to a value of type ${type}, not to a number from 0 to 1`);
}

/** 0–1. Throws EXPRESSION_INVALID when the expression cannot be evaluated, or comes to anything else. */
export function evaluateScore(score: Condition, scope: ExpressionScope): number {
  const result = evaluateExpression(score, scope, 'score');
  const number = typeof result === 'bigint' ? Number(result) : result;
  if (typeof number === 'number' && number >= 0 && number <= 1) return number;
  throw expressionError(`score "${score.text}" came to ${describeResult(result)}, not to a number from 0 to 1`);
}
