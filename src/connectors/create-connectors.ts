import type { Connectors } from '../contracts/ports/connector';
import { createA2aConnector } from './a2a';
import type { A2aDependencies } from './a2a';
import { createCommandConnector } from './command';
import type { CommandDependencies } from './command';
import { createHttpConnector } from './http';
import type { HttpDependencies } from './http';
import { createSimulatedConnector } from './simulated';
import type { SimulatedDependencies } from './simulated';
import { createTransformConnector } from './transform';

export type ConnectorDependencies = CommandDependencies & HttpDependencies & A2aDependencies & SimulatedDependencies;

/** Those whose attempts can run in the process that takes the turns; see domain/plan/inline.ts. */
export function createInlineConnectors(
  dependencies: HttpDependencies & SimulatedDependencies,
): Pick<Connectors, 'http' | 'simulated' | 'transform'> {
  return {
    http: createHttpConnector(dependencies),
    simulated: createSimulatedConnector(dependencies),
    transform: createTransformConnector(),
  };
}

/** Every kind of agent that a plan can name, and how it is reached. */
export function createConnectors(dependencies: ConnectorDependencies): Connectors {
  return {
    command: createCommandConnector(dependencies),
    a2a: createA2aConnector(dependencies),
    ...createInlineConnectors(dependencies),
  };
}
