import { didYouMean } from '../did-you-mean';
import { OrchestraError } from '../errors';
import type { Json, JsonObject } from '../json';
import type { InputSpec, Plan } from './plan';

/** Returns the text of a file; throws with a message for people. */
export type FileReader = (path: string) => string;

/**
 * Inputs from the command line, `name=value`: texts as they stand, numbers, `true` or `false`, lists and objects as JSON. With a reader,
 * `name=@path` takes the value from a file, and `@@` begins a value that begins with `@`. Types only: validateInputs checks the rest.
 * Throws INPUT_INVALID with all faults.
 */
export function parseInputArguments(
  plan: Pick<Plan, 'name' | 'inputs'>,
  written: readonly string[],
  readFile?: FileReader,
): JsonObject {
  const values = new Map<string, Json>();
  const faults: string[] = [];
  for (const argument of written) {
    try {
      const [name, value] = parseArgument(plan.inputs, argument, readFile);
      if (values.has(name)) throw new Error(`"${name}" is given twice`);
      values.set(name, value);
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (faults.length === 0) return Object.fromEntries(values);
  throw new OrchestraError(
    'INPUT_INVALID',
    `The inputs of plan "${plan.name}" cannot be read:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
  );
}

function parseArgument(specs: Plan['inputs'], argument: string, readFile?: FileReader): [string, Json] {
  const split = argument.indexOf('=');
  if (split < 1) throw new Error(`"${argument}": write name=value`);
  const name = argument.slice(0, split);
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
  if (!spec) throw new Error(`"${name}": the plan has no such input${didYouMean(name, Object.keys(specs))}`);
  const text = argument.slice(split + 1);
  return [name, parseText(name, spec, readFile && text.startsWith('@') ? fromFile(text, readFile) : text)];
}

function fromFile(text: string, readFile: FileReader): string {
  return text.startsWith('@@') ? text.slice(1) : readFile(text.slice(1));
}

function parseText(name: string, spec: InputSpec, text: string): Json {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  switch (spec.type) {
    case 'string':
      return text;
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      throw new Error(`"${name}": write true or false, not "${shown}"`);
    case 'number':
      if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text.trim()) && Number.isFinite(Number(text))) return Number(text);
      throw new Error(`"${name}": "${shown}" is no number`);
    case 'array':
    case 'object':
      return parseJson(name, spec.type, text, shown);
  }
}

function parseJson(name: string, type: 'array' | 'object', text: string, shown: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw new Error(`"${name}": "${shown}" is no JSON (${error instanceof Error ? error.message : String(error)})`, {
      cause: error,
    });
  }
  const found = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  if (found !== type) throw new Error(`"${name}": must be an ${type} in JSON, not ${found}`);
  return value;
}
