import type { Connectors } from '../contracts/ports/connector';
import { createA2aConnector } from './a2a';
import type { A2aDependencies } from './a2a';
import { createCommandConnector } from './command';
import type { CommandDependencies } from './command';
import { createFunctionConnector } from './function';
import type { FunctionDependencies } from './function';
import { createHttpConnector } from './http';
import type { HttpDependencies } from './http';
import { createSimulatedConnector } from './simulated';
import type { SimulatedDependencies } from './simulated';
import { createTransformConnector } from './transform';

type InlineDependencies = HttpDependencies & SimulatedDependencies & FunctionDependencies;

export type ConnectorDependencies = CommandDependencies & A2aDependencies & InlineDependencies;

/** Those whose attempts can run in the process that takes the turns; see domain/plan/inline.ts. */
export function createInlineConnectors(
  dependencies: InlineDependencies,
): Pick<Connectors, 'function' | 'http' | 'simulated' | 'transform'> {
  return {
    function: createFunctionConnector(dependencies),
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
