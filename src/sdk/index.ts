export { ApiError } from './agent-api';
export { serveAgent } from './serve-agent';
export type { AgentWork, WorkContext } from './agent-work';
export type { ServeAgentOptions, ServedAgent } from './serve-agent';
export { serveFunction } from './serve-function';
export type { ServeFunctionOptions } from './serve-function';
export { WorkFailure } from './work-failure';
