import type { AgentWork, WorkContext } from './agent-work';
import type { AgentDefinition } from './client/types';
import { WorkFailure } from './work-failure';

/** What checks a value: any schema of the Standard Schema kind, such as one of zod. */
export interface ValueSchema<Value> {
  readonly '~standard': {
    readonly validate: (value: unknown) => Checked<Value> | Promise<Checked<Value>>;
  };
}

type Checked<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        message: string;
        path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
      }[];
    };

export interface AgentDescription<Input, Output> extends Omit<AgentDefinition & { connector: 'remote' }, 'connector'> {
  /** An input that it does not take fails the attempt, for good. */
  input?: ValueSchema<Input>;
  /** An output that it does not take fails the attempt. */
  output?: ValueSchema<Output>;
  run(input: Input, work: AgentWork & WorkContext): Output | Promise<Output>;
}

/** An agent that comes for its work: how the registry knows it, and what it does. */
export interface DefinedAgent<Input = unknown, Output = unknown> {
  /** For `client.agents.register`. */
  readonly definition: AgentDefinition;
  /** Does the work; `serveAgent` calls it. */
  run(work: AgentWork, context: WorkContext): Promise<Output>;
  /** Of no account when it runs: the type of what it takes. */
  readonly takes?: Input;
}

/** An agent with the types of what it takes and gives, which its schemas check. */
export function defineAgent<Input = unknown, Output = unknown>(
  description: AgentDescription<Input, Output>,
): DefinedAgent<Input, Output> {
  const { input, output, run, ...known } = description;
  return {
    definition: { ...known, connector: 'remote' },
    run: async (work, context) => {
      const taken = input ? await check(input, work.input, 'input', { retryable: false }) : (work.input as Input);
      const given = await run(taken, { ...work, ...context });
      return output ? check(output, given, 'output', {}) : given;
    },
  };
}

async function check<Value>(
  schema: ValueSchema<Value>,
  value: unknown,
  what: string,
  advice: { retryable?: boolean },
): Promise<Value> {
  const checked = await schema['~standard'].validate(value);
  if (!checked.issues) return checked.value;
  const said = checked.issues.map(({ message, path = [] }) => `${[what, ...path.map(keyOf)].join('.')}: ${message}`);
  throw new WorkFailure(
    `The ${what} of the task is not what the agent ${what === 'input' ? 'takes' : 'promises'}: ${said.join('; ')}`,
    advice,
  );
}

function keyOf(part: PropertyKey | { key: PropertyKey }): string {
  return String(typeof part === 'object' ? part.key : part);
}
