import type { Json, JsonObject } from '../json';
import type { Plan } from './plan';

/** What a pipeline says of the commit that it runs for. */
export interface CiContext {
  repository: string;
  branch: string;
  commit: string;
  pullRequest?: number;
}

/** A plan that has each of the agents look at the commit, one beside the other: their names, the prompt and the commit are its inputs. */
export function ciPlan(agents: readonly string[], type: string, hasPrompt: boolean): JsonObject {
  const input: JsonObject = Object.fromEntries(contextInputs.map((name) => [name, `\${{ inputs.${name} }}`]));
  const taskOf = (agent: string): JsonObject => ({
    type,
    agent,
    input,
    onFailure: 'continue',
    ...(hasPrompt && { prompt: '${{ inputs.prompt }}' }),
  });
  const names = agents.map((_, at) => `agent_${at + 1}`);
  return {
    version: 1,
    name: type,
    inputs: {
      repository: { type: 'string', required: true },
      branch: { type: 'string', required: true },
      commit: { type: 'string', required: true },
      pullRequest: { type: 'number' },
      ...(hasPrompt && { prompt: { type: 'string', required: true } }),
    },
    tasks: Object.fromEntries(agents.map((agent, at) => [names[at] ?? '', taskOf(agent)])),
    outputs: Object.fromEntries(names.map((name) => [name, `\${{ tasks.${name}.output }}`])),
  };
}

const contextInputs = ['repository', 'branch', 'commit', 'pullRequest'] as const;

/** The inputs of a plan that is run for a commit: those of the context that it has, and those that were given. */
export function ciInputs({ inputs }: Pick<Plan, 'inputs'>, context: CiContext, given: JsonObject): JsonObject {
  const said = contextInputs.flatMap((name): [string, Json][] => {
    const value = context[name];
    return value !== undefined && Object.hasOwn(inputs, name) ? [[name, value]] : [];
  });
  return { ...Object.fromEntries(said), ...given };
}
