/** An operation of the API that is asked for again and again. */
export interface MeasuredOperation {
  name: string;
  method: 'GET' | 'POST';
  path: string;
  body?: string;
}

/** Of a plan as it comes from somebody's hands: three tasks of simulated agents, and an input. */
const plan = {
  version: 1,
  name: 'load',
  inputs: { text: { type: 'string', required: true } },
  agents: { ada: { connector: 'simulated' }, bob: { connector: 'simulated' } },
  tasks: {
    write: { agent: 'ada', input: { text: '${{ inputs.text }}' } },
    review: { agent: 'bob', needs: ['write'], input: { draft: '${{ tasks.write.output }}' } },
    mend: { agent: 'ada', needs: ['review'], input: { advice: '${{ tasks.review.output }}' } },
  },
};

/** What is measured; `session` is one that there is. */
export function measuredOperations(session: string): readonly MeasuredOperation[] {
  return [
    { name: 'get a session', method: 'GET', path: `/v1/sessions/${session}` },
    { name: 'list 50 sessions', method: 'GET', path: '/v1/sessions' },
    // Last: what it leaves behind would be listed.
    { name: 'create a session', ...creation },
  ];
}

/** Each one makes another session. */
export const creation = {
  method: 'POST',
  path: '/v1/sessions',
  body: JSON.stringify({ plan, inputs: { text: 'hello' } }),
} as const;
