import { RE2JS } from 're2js';
import { expressionError } from './expression-error';

/** A pattern that takes time proportional to the text, whatever the pattern and the text are. */
export interface LinearPattern {
  /** Whether the pattern matches somewhere in the text. */
  test(text: string): boolean;
}

/** Instructions of a compiled pattern: `(a?){1000}` has 4,000. */
const maxSteps = 5_000;

/**
 * Compiles a regular expression in RE2's syntax, which CEL prescribes. JavaScript's own engine backtracks, so that a plan could stop a
 * worker with `(a+)+$`. Throws EXPRESSION_INVALID for what RE2 does not have (look-around, back-references) and for what is too large.
 */
export function compileLinearPattern(source: string): LinearPattern {
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw expressionError(`pattern ${JSON.stringify(source)} cannot be read: ${reason}`);
  }
  // Linear time is linear in the pattern too: 450 characters of counted repetitions took over a minute for a text of 10,000.
  if (pattern.programSize() > maxSteps) {
    throw expressionError(`pattern ${JSON.stringify(source)} cannot be read: its repetitions make it too large`);
  }
  return { test: (text) => pattern.matcher(text).find() };
}
