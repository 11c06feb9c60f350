import { expressionError } from './expression-error';
import { isWordCharacter, parsePattern } from './pattern-syntax';
import type { PatternAssertion, PatternNode } from './pattern-syntax';

/** A pattern that takes time proportional to the text, whatever the pattern and the text are. */
export interface LinearPattern {
  /** Whether the pattern matches somewhere in the text. */
  test(text: string): boolean;
}

type Step =
  | { kind: 'characters'; matches: (code: number) => boolean }
  | { kind: 'assertion'; assertion: PatternAssertion }
  | { kind: 'fork'; targets: number[] }
  | { kind: 'match' };

const maxSteps = 2_000;

/**
 * Compiles a regular expression for Thompson's simulation: all states at once, no backtracking. JavaScript's own engine backtracks, so that
 * a plan could stop a worker with `(a+)+$`. Throws EXPRESSION_INVALID for what parsePattern refuses and for patterns that are too large.
 */
export function compileLinearPattern(source: string): LinearPattern {
  const steps: Step[] = [];
  emit(parsePattern(source), steps, source);
  steps.push({ kind: 'match' });
  return { test: (text) => simulate(steps, text) };
}

function push(steps: Step[], step: Step, source: string): void {
  if (steps.length >= maxSteps)
    throw expressionError(`pattern ${JSON.stringify(source)} is too large: shorten its repetitions`);
  steps.push(step);
}

/** Appends the steps of a node; they end at the step that follows. */
function emit(node: PatternNode, steps: Step[], source: string): void {
  switch (node.kind) {
    case 'empty':
      return;
    case 'characters':
    case 'assertion':
      return push(steps, node, source);
    case 'sequence':
      return node.nodes.forEach((member) => emit(member, steps, source));
    case 'choice':
      return emitChoice(node.nodes, steps, source);
    case 'repeat':
      return emitRepeat(node, steps, source);
  }
}

function emitChoice(nodes: PatternNode[], steps: Step[], source: string): void {
  const start: Step & { kind: 'fork' } = { kind: 'fork', targets: [] };
  const exits: (Step & { kind: 'fork' })[] = [];
  push(steps, start, source);
  for (const node of nodes) {
    start.targets.push(steps.length);
    emit(node, steps, source);
    const exit: Step & { kind: 'fork' } = { kind: 'fork', targets: [] };
    push(steps, exit, source);
    exits.push(exit);
  }
  for (const exit of exits) exit.targets.push(steps.length);
}

function emitRepeat({ node, minimum, maximum }: PatternNode & { kind: 'repeat' }, steps: Step[], source: string): void {
  for (let count = 0; count < minimum; count++) emit(node, steps, source);
  if (maximum === Infinity) {
    const loop: Step & { kind: 'fork' } = { kind: 'fork', targets: [] };
    const start = steps.length;
    push(steps, loop, source);
    loop.targets.push(steps.length);
    emit(node, steps, source);
    push(steps, { kind: 'fork', targets: [start] }, source);
    loop.targets.push(steps.length);
    return;
  }
  const skips: (Step & { kind: 'fork' })[] = [];
  for (let count = minimum; count < maximum; count++) {
    const skip: Step & { kind: 'fork' } = { kind: 'fork', targets: [] };
    push(steps, skip, source);
    skip.targets.push(steps.length);
    skips.push(skip);
    emit(node, steps, source);
  }
  for (const skip of skips) skip.targets.push(steps.length);
}

function simulate(steps: readonly Step[], text: string): boolean {
  const seenAt = new Int32Array(steps.length).fill(-1);
  let active: number[] = [];
  for (let position = 0; position <= text.length; position++) {
    // Step 0 starts a new match at every position.
    const stack = [...active, 0];
    const code = position < text.length ? text.charCodeAt(position) : -1;
    active = [];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (seenAt[index] === position) continue;
      seenAt[index] = position;
      const step = steps[index];
      if (!step) continue;
      if (step.kind === 'match') return true;
      if (step.kind === 'fork') stack.push(...step.targets);
      else if (step.kind === 'assertion') {
        if (holds(step.assertion, text, position)) stack.push(index + 1);
      } else if (code !== -1 && step.matches(code)) active.push(index + 1);
    }
  }
  return false;
}

function holds(assertion: PatternAssertion, text: string, position: number): boolean {
  switch (assertion) {
    case 'start':
      return position === 0;
    case 'end':
      return position === text.length;
    case 'word-boundary':
      return isWordAt(text, position - 1) !== isWordAt(text, position);
    case 'no-word-boundary':
      return isWordAt(text, position - 1) === isWordAt(text, position);
  }
}

function isWordAt(text: string, position: number): boolean {
  return position >= 0 && position < text.length && isWordCharacter(text.charCodeAt(position));
}
