import { agentRef } from '../../domain/agents/agent-ref';
import type { AgentKey } from '../../domain/agents/agent';
import type { RoutingRequest } from '../../domain/routing/assign';
import { excluding } from '../../domain/routing/routing-requirement';

/** The agents of the registry that racers get in a turn: their siblings get others, and what is stored of a choice says so. */
export class RaceAgents {
  private readonly given = new Map<string, string[]>();

  note({ race, workspace }: RoutingRequest, agent: AgentKey): void {
    if (race !== undefined) this.given.set(race, [...(this.given.get(race) ?? []), agentRef(agent, workspace)]);
  }

  apart<Seeker extends RoutingRequest>(seeker: Seeker): Seeker {
    const taken = seeker.race === undefined ? undefined : this.given.get(seeker.race);
    return taken ? { ...seeker, requirement: excluding(seeker.requirement, taken) } : seeker;
  }
}
