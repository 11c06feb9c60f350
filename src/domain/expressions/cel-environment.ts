import { Environment } from '@marcbachmann/cel-js';
import { planLimits } from '../plan/limits';
import { expressionError } from './expression-error';
import { scopeRoots } from './expression-scope';
import { compileLinearPattern } from './linear-pattern';

/** What `text.matches(pattern)` is renamed to: the library's own runs on an engine that backtracks. */
export const safeMatches = 'matchesInLinearTime';

/** The CEL dialect of plans: standard CEL, where numbers of JSON mix as they do in JSON (1 and 1.0 are equal, 1 + 0.5 is 1.5). */
export const celEnvironment = buildEnvironment();

function buildEnvironment(): Environment {
  const environment = new Environment({
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 1_000, maxDepth: 50, maxListElements: 200, maxMapEntries: 200, maxCallArguments: 8 },
  });
  for (const root of scopeRoots) environment.registerVariable(root, 'dyn');
  const mixed = {
    '+': (left: number, right: number) => left + right,
    '-': (left: number, right: number) => left - right,
    '*': (left: number, right: number) => left * right,
    '/': (left: number, right: number) => left / right,
  };
  for (const [operator, apply] of Object.entries(mixed)) {
    const handler = (left: bigint | number, right: bigint | number): number => apply(Number(left), Number(right));
    environment.registerOperator(`int ${operator} double`, handler);
    environment.registerOperator(`double ${operator} int`, handler);
  }
  // The library derives the mirrored form, and !=.
  environment.registerOperator(
    'int == double',
    (left: bigint | number, right: bigint | number) => Number(left) === Number(right),
  );
  environment.registerFunction(`string.${safeMatches}(string): bool`, { handler: matches, async: false });
  return environment;
}

function matches(text: string, pattern: string): boolean {
  if (pattern.length > planLimits.patternLength) {
    throw expressionError(
      `matches: the pattern has ${pattern.length} characters, at most ${planLimits.patternLength} are allowed`,
    );
  }
  if (text.length > planLimits.patternValueLength) {
    throw expressionError(
      `matches: the text has ${text.length} characters, at most ${planLimits.patternValueLength} are allowed`,
    );
  }
  return compileLinearPattern(pattern).test(text);
}
