import type { Connectors } from '../contracts/ports/connector';
import { createA2aConnector } from './a2a';
import type { A2aDependencies } from './a2a';
import { createCommandConnector } from './command';
import type { CommandDependencies } from './command';
import { createHttpConnector } from './http';
import type { HttpDependencies } from './http';
import { createSimulatedConnector } from './simulated';
import type { SimulatedDependencies } from './simulated';

export type ConnectorDependencies = CommandDependencies & HttpDependencies & A2aDependencies & SimulatedDependencies;

/** Every kind of agent that a plan can name, and how it is reached. */
export function createConnectors(dependencies: ConnectorDependencies): Connectors {
  return {
    command: createCommandConnector(dependencies),
    http: createHttpConnector(dependencies),
    a2a: createA2aConnector(dependencies),
    simulated: createSimulatedConnector(dependencies),
  };
}
