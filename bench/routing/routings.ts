/** What is measured with 10,000 agents in the registry, beside the same without them. */
export interface RoutingTarget {
  name: string;
  reference: string;
  /** Of the median, on a machine with two cores. */
  targetMs: number;
}

export const assigning: RoutingTarget = {
  name: 'assigning 100 tasks in a turn',
  reference: 'to an agent of the plan',
  targetMs: 25,
};

export const searching: RoutingTarget = {
  name: 'a search by words',
  reference: 'one agent by its name',
  targetMs: 10,
};
