import type { Connectors } from '../contracts/ports/connector';
import { createCommandConnector } from './command';
import type { CommandDependencies } from './command';
import { createHttpConnector } from './http';
import type { HttpDependencies } from './http';
import { createSimulatedConnector } from './simulated';
import type { SimulatedDependencies } from './simulated';

export type ConnectorDependencies = CommandDependencies & HttpDependencies & SimulatedDependencies;

/** Every kind of agent that a plan can name, and how it is reached. */
export function createConnectors(dependencies: ConnectorDependencies): Connectors {
  return {
    command: createCommandConnector(dependencies),
    http: createHttpConnector(dependencies),
    simulated: createSimulatedConnector(dependencies),
  };
}
