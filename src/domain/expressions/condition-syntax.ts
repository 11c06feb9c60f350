import type { ASTNode } from '@marcbachmann/cel-js';
import { safeMatches } from './cel-environment';
import { expressionError } from './expression-error';
import { scopeRoots } from './expression-scope';
import type { Reference } from './reference';

/** What is known of a condition without running it. */
export interface ConditionSyntax {
  references: Reference[];
  /** Loops (`all`, `exists`, `map`, …) inside each other. */
  loopDepth: number;
}

const loops = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** Two loops inside each other are a join; three over agents' outputs can keep a worker busy for hours. */
const maxLoopDepth = 2;

/** Walks a parsed condition: lists what it refers to, bounds its loops, and makes its `matches` safe. Throws EXPRESSION_INVALID. */
export function inspectCondition(ast: ASTNode): ConditionSyntax {
  const syntax: ConditionSyntax = { references: [], loopDepth: 0 };
  visit(ast, new Set(), 0, syntax);
  return syntax;
}

function visit(node: ASTNode, bound: ReadonlySet<string>, depth: number, syntax: ConditionSyntax): void {
  const chain = referenceOf(node, bound);
  if (chain) {
    if (chain.reference) syntax.references.push(chain.reference);
    chain.dynamic.forEach((index) => visit(index, bound, depth, syntax));
    return;
  }
  switch (node.op) {
    case 'value':
      return;
    case 'id':
      // Its bind() doubles a value with every level, so that 20 short lines fill the memory.
      if (node.args === 'cel') throw fault(node, 'cel.bind is not available here');
      return;
    case '.':
    case '.?':
      return visit(node.args[0], bound, depth, syntax);
    case '!_':
    case '-_':
      return visit(node.args, bound, depth, syntax);
    case 'list':
      return node.args.forEach((member) => visit(member, bound, depth, syntax));
    case 'map':
      return node.args.forEach((entry) => entry.forEach((member) => visit(member, bound, depth, syntax)));
    case 'call':
      return node.args[1].forEach((argument) => visit(argument, bound, depth, syntax));
    case 'rcall':
      return visitMethod(node, bound, depth, syntax);
    default:
      return node.args.forEach((operand) => visit(operand, bound, depth, syntax));
  }
}

function visitMethod(
  node: ASTNode & { op: 'rcall' },
  bound: ReadonlySet<string>,
  depth: number,
  syntax: ConditionSyntax,
): void {
  const [method, receiver, parameters] = node.args;
  visit(receiver, bound, depth, syntax);
  if (method === 'matches') {
    // The name is looked up when the tree is checked, which is after this.
    (node.args as [string, ...unknown[]])[0] = safeMatches;
  }
  const [variable, ...body] = parameters;
  if (!loops.has(method) || variable?.op !== 'id') {
    return parameters.forEach((parameter) => visit(parameter, bound, depth, syntax));
  }
  if (depth + 1 > maxLoopDepth)
    throw fault(node, `at most ${maxLoopDepth} loops (all, exists, map, …) inside each other`);
  syntax.loopDepth = Math.max(syntax.loopDepth, depth + 1);
  const inner = new Set([...bound, variable.args]);
  body.forEach((parameter) => visit(parameter, inner, depth + 1, syntax));
}

/** A chain like `tasks.fix.output["x"][0]` down to its root; undefined when the node is none. Computed indices end what is known. */
function referenceOf(
  node: ASTNode,
  bound: ReadonlySet<string>,
): { reference?: Reference; dynamic: ASTNode[] } | undefined {
  let segments: (string | number)[] = [];
  const dynamic: ASTNode[] = [];
  let current = node;
  while (current.op === '.' || current.op === '[]') {
    const [receiver, access] = current.args;
    const segment = typeof access === 'string' ? access : literalIndex(access);
    if (segment === undefined) {
      if (typeof access !== 'string') dynamic.push(access);
      segments = [];
    } else segments.unshift(segment);
    current = receiver;
  }
  if (current.op !== 'id') return undefined;
  if (bound.has(current.args)) return { dynamic };
  if (!isScopeRoot(current.args)) return undefined;
  const text = node.input.slice(node.start, node.end);
  return { reference: { root: current.args, segments, text, offset: node.start }, dynamic };
}

function literalIndex(node: ASTNode): string | number | undefined {
  if (node.op !== 'value') return undefined;
  if (typeof node.args === 'bigint') return Number(node.args);
  return typeof node.args === 'string' ? node.args : undefined;
}

function isScopeRoot(name: string): boolean {
  return (scopeRoots as readonly string[]).includes(name);
}

function fault(node: ASTNode, message: string): Error {
  return expressionError(`condition, character ${node.start + 1}: ${message}`);
}
