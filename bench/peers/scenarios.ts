import type { EchoWork, Scenario } from '../echo/scenarios';

export interface PeerScenario extends Pick<Scenario, 'name' | 'sessions' | 'inFlight'> {
  work: Omit<EchoWork, 'inline'>;
}

export const peerScenarios: readonly PeerScenario[] = [
  { name: 'one task', work: { kind: 'chain', tasks: 1 }, sessions: 10, inFlight: 1 },
  { name: 'chain of 20', work: { kind: 'chain', tasks: 20 }, sessions: 3, inFlight: 1 },
  { name: '100 in parallel', work: { kind: 'parallel', tasks: 100 }, sessions: 3, inFlight: 1 },
  { name: '300 sessions of 3, 50 at once', work: { kind: 'chain', tasks: 3 }, sessions: 300, inFlight: 50 },
];
