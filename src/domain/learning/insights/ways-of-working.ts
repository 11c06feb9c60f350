import { harmlessText } from './harmless-text';

/** A sequence that is longer is hardly ever met again. */
const longestWhole = 6;

/**
 * What sequences of tools are compared by: each step from one tool to another, and all of it where it is short. The same tool again and again counts
 * once. Names are texts of agents: what they could do in a terminal or a prompt is taken out.
 */
export function toolSteps(tools: readonly string[]): string[] {
  const calls = tools.map(harmlessText).filter((tool, at, all) => tool !== '' && tool !== all[at - 1]);
  const steps = calls.slice(1).map((tool, at) => `${calls[at] ?? ''} → ${tool}`);
  const whole = calls.length > 2 && calls.length <= longestWhole ? [calls.join(' → ')] : [];
  return [...new Set([...steps, ...whole])];
}
