/** Work that goes through all workspaces on purpose, and why. docs/workspaces.md lists it, which a test compares. */
export const crossings = {
  'shared agents': 'agents that are shared are shown to all workspaces, with their room',
  routing:
    'a worker keeps the agents of all registries at hand, what each workspace knows of them, and who waits for them',
  line: 'room at shared agents is given to runs of all workspaces, in fair order',
  'agents at work': 'an attempt of one workspace may be done by a shared agent of another, by its definition',
  'remote agents':
    'an agent that comes for its work takes that of all workspaces that use it; many agents share a statement',
  tokens: 'who makes a request is looked for, by token or membership, before it is known in which workspace',
  'request limits': 'requests of all workspaces are counted in one statement, by digests of who makes them',
  workspaces: 'administrators of the installation see which workspaces there are',
  backstop: 'one sweep finds news that sessions have not taken in, leases that ran out, and what is past its retention',
  budgets: 'one keeper wakes runs of all workspaces that wait for their budgets',
  conflicts: 'one keeper finds the workspaces whose runs wait for resources',
  learning:
    'outcomes of all workspaces are learnt in the order in which they came; insights go where both workspaces want it',
  events: 'the numbers of events are those of the installation: up to which of them nothing more will come',
  forecasts: 'sessions that are due for a forecast are looked for in all workspaces, and forecasts are stored together',
  health: 'a sweep finds the workspaces to look at, and the processes, breakers and agents of all of them',
  operations:
    'metrics of the installation count what waits and is open in all workspaces, and name the budgets that are used up most',
  webhooks: 'messages of sessions that are due are taken together, and those of ninety days ago deleted',
  alerts: 'messages that are due are taken together, whoever they are of',
} as const;

/** One of them, by its name. */
export type Crossing = keyof typeof crossings;
