import type { EchoWork } from './scenarios';

/** The plan of echo work: in a chain each agent echoes what the task before handed over, in a fan-out all echo the input. */
export function echoPlan({ kind, tasks, inline }: EchoWork): object {
  const echo = (output: string): object => ({
    connector: 'simulated',
    latency: '0ms',
    output,
    ...(inline && { inline }),
  });
  const numbers = Array.from({ length: tasks }, (_, nth) => nth);
  const last = `\${{ tasks.t${tasks - 1}.output }}`;
  const common = {
    version: 1,
    name: `echo-${kind}-${tasks}`,
    inputs: { text: { type: 'string', required: true } },
    // No plan may have more at once.
    concurrency: Math.min(Math.max(1, tasks), 1_000),
    outputs: { text: last },
  };
  if (kind === 'parallel') {
    return {
      ...common,
      agents: { echo: echo('${{ inputs.text }}') },
      tasks: Object.fromEntries(
        numbers.map((nth) => [`t${nth}`, { agent: 'echo', input: { text: '${{ inputs.text }}' } }]),
      ),
    };
  }
  const given = (nth: number): string => (nth === 0 ? '${{ inputs.text }}' : `\${{ tasks.t${nth - 1}.output }}`);
  return {
    ...common,
    agents: Object.fromEntries(numbers.map((nth) => [`echo${nth}`, echo(given(nth))])),
    tasks: Object.fromEntries(
      numbers.map((nth) => [
        `t${nth}`,
        { agent: `echo${nth}`, input: { text: given(nth) }, ...(nth > 0 && { needs: [`t${nth - 1}`] }) },
      ]),
    ),
  };
}
