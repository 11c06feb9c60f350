import type { Example } from './example';
import { inputSize } from './example';
import type { Insight } from './insight';

/** What an insight may be about. */
export type Concerned = Pick<Example, 'agent' | 'capability' | 'taskType' | 'technologies' | 'complexity' | 'plan'> & {
  inputBytes(): number;
};

/** Whether the attempt is one of those that the insight is about, and has its feature. */
export function concerns({ scope, feature }: Pick<Insight, 'scope' | 'feature'>, attempt: Concerned): boolean {
  const { agent, capability = '', taskType } = scope;
  if (taskType !== attempt.taskType || capability !== attempt.capability) return false;
  if (agent !== undefined && agent !== attempt.agent) return false;
  return Object.entries(feature).every(([name, value]) => has(attempt, name, value));
}

function has(attempt: Concerned, name: string, value: string): boolean {
  switch (name) {
    case 'error':
    case 'tools':
      return true;
    case 'technology':
      return attempt.technologies.includes(value);
    case 'complexity':
      return attempt.complexity === value;
    case 'plan':
      return attempt.plan === value;
    case 'input':
      return inputSize(attempt.inputBytes()) === value;
    default:
      // Which agent is better is of use to routing, not to the agent.
      return false;
  }
}
