// What the package gives to Node. Servers, Temporal and PostgreSQL are loaded where a client is to reach them directly, and only then.
export { createClient } from './main/create-client';
export type { ClientOptions } from './main/create-client';
export type { DirectOptions } from './main/direct-options';
export { ApiError } from './sdk/api-error';
export type { Fault } from './sdk/api-error';
export { ConnectionError } from './sdk/client/connection-error';
export type { EventFilter } from './sdk/client/event-filter';
export type {
  CallOptions,
  ChangeOptions,
  ClientSettings,
  Fetch,
  HttpOptions,
  IfMatchOptions,
} from './sdk/client/options';
export { Orchestra } from './sdk/client/orchestra';
export type { SessionProgress } from './sdk/client/progress';
export { SessionHandle } from './sdk/client/session-handle';
export { TaskHandle } from './sdk/client/task-handle';
export type { RunOptions } from './sdk/client/sessions';
export type * from './sdk/client/types';
export { defineAgent } from './sdk/define-agent';
export type { AgentDescription, DefinedAgent, ValueSchema } from './sdk/define-agent';
export { serveAgent } from './sdk/serve-agent';
export type { AgentWork, WorkContext, WorkUsage } from './sdk/agent-work';
export type { ServeAgentOptions, ServeDefinedAgentOptions, ServedAgent } from './sdk/serve-agent';
export { serveFunction } from './sdk/serve-function';
export type { ServeFunctionOptions } from './sdk/serve-function';
export { WorkFailure } from './sdk/work-failure';
