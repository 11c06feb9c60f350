import { didYouMean } from '../did-you-mean';
import { canonicalJson } from '../canonical-json';
import { compileLinearPattern } from '../expressions/linear-pattern';
import { FaultyValue } from '../faulty-value';
import type { Json, JsonObject } from '../json';
import { planLimits } from './limits';
import type { InputSpec, InputType, Plan } from './plan';

/** What is wrong with the value of one input. */
export interface InputFault {
  input: string;
  message: string;
}

/**
 * The inputs of a run: defaults applied, an optional input without one is null. Throws INPUT_INVALID with all faults: unknown, missing and
 * mistyped inputs, and values outside of enum, minimum, maximum and pattern.
 */
export function validateInputs(plan: Pick<Plan, 'name' | 'inputs'>, given: JsonObject): JsonObject {
  const faults = [
    ...faultsOfNames(plan.inputs, Object.keys(given)),
    ...Object.entries(given).flatMap(([name, value]) => {
      const spec = Object.hasOwn(plan.inputs, name) ? plan.inputs[name] : undefined;
      return spec ? faultsOfValue(spec, value).map((message) => ({ input: name, message })) : [];
    }),
  ];
  if (faults.length > 0) {
    const lines = faults.map(({ input, message }) => `  ${input}: ${message}`).join('\n');
    const places = faults.map(({ input, message }) => ({ path: ['inputs', input], detail: message }));
    throw new FaultyValue('INPUT_INVALID', `The inputs do not fit plan "${plan.name}":\n${lines}`, places);
  }
  const values = Object.entries(plan.inputs).map(([name, spec]): [string, Json] => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    return [name, value ?? spec.default ?? null];
  });
  return Object.fromEntries(values);
}

/** Inputs that are given and unknown, or required and not given. */
export function faultsOfNames(specs: Plan['inputs'], given: readonly string[]): InputFault[] {
  const present = new Set(given);
  const unknown = given
    .filter((name) => !Object.hasOwn(specs, name))
    .map((name) => ({ input: name, message: `the plan has no such input${didYouMean(name, Object.keys(specs))}` }));
  const missing = Object.entries(specs)
    .filter(([name, spec]) => spec.required && !present.has(name))
    .map(([name, spec]) => ({ input: name, message: `is required${spec.description ? `: ${spec.description}` : ''}` }));
  return [...unknown, ...missing];
}

/** What keeps a value from fitting an input; nothing when it fits. Null fits an input that is not required. */
export function faultsOfValue(spec: InputSpec, value: Json): string[] {
  if (value === null && !spec.required) return [];
  const type = typeOf(value);
  if (type !== spec.type) return [`must be ${withArticle(spec.type)}, not ${withArticle(type)}`];
  const faults: string[] = [];
  if (spec.enum && !spec.enum.some((allowed) => canonicalJson(allowed) === canonicalJson(value))) {
    faults.push(`must be one of ${spec.enum.map((allowed) => JSON.stringify(allowed)).join(', ')}`);
  }
  if (typeof value === 'number' && spec.minimum !== undefined && value < spec.minimum) {
    faults.push(`must be at least ${spec.minimum}`);
  }
  if (typeof value === 'number' && spec.maximum !== undefined && value > spec.maximum) {
    faults.push(`must be at most ${spec.maximum}`);
  }
  if (typeof value === 'string' && spec.pattern !== undefined) faults.push(...faultsOfPattern(spec.pattern, value));
  return faults;
}

function faultsOfPattern(pattern: string, value: string): string[] {
  if (value.length > planLimits.patternValueLength) {
    return [
      `has ${value.length} characters, at most ${planLimits.patternValueLength} are allowed where there is a pattern`,
    ];
  }
  return compileLinearPattern(pattern).test(value) ? [] : [`does not match the pattern ${pattern}`];
}

function typeOf(value: Json): InputType | 'null' {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as Exclude<InputType, 'array'>;
}

function withArticle(type: InputType | 'null'): string {
  if (type === 'null') return type;
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
