import { remoteConnectors } from '../domain/agents/agent';

/** SQL condition on `agents`: the agent comes for its work. */
export const isRemote = `agents.definition -> 'connector' ->> 'connector' IN (${remoteConnectors.map((name) => `'${name}'`).join(', ')})`;
