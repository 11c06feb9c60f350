import { isRemote } from './remote-agent';

/** How many agents of the registry of workspace $1 are offline or in error, as `agentStatus` says it: those that are told to take no work are not. */
export const countUnavailable = `
  SELECT count(*) FROM agents
  LEFT JOIN hosts ON hosts.workspace = agents.workspace AND hosts.name = host_of(agents.name)
  LEFT JOIN agent_presence AS presence ON presence.workspace = agents.workspace AND presence.agent = agents.name
  LEFT JOIN agent_breakers AS breakers ON breakers.workspace = agents.workspace AND breakers.agent = agents.name
  WHERE agents.workspace = $1 AND NOT agents.draining AND NOT coalesce(hosts.draining, false)
    AND (breakers.breaker ->> 'state' <> 'closed'
         OR (${isRemote} OR host_of(agents.name) IS NOT NULL) AND NOT coalesce(hosts.is_online, presence.is_online, false))`;
