// What `agent-orchestra/http` gives: it needs `fetch`, and nothing of Node.
export { ApiError } from './api-error';
export type { Fault } from './api-error';
export { ConnectionError } from './client/connection-error';
export type { EventFilter } from './client/event-filter';
export { createHttpClient as createClient } from './client/http-client';
export type { CallOptions, ChangeOptions, ClientSettings, Fetch, HttpOptions, IfMatchOptions } from './client/options';
export { Orchestra } from './client/orchestra';
export type { SessionProgress } from './client/progress';
export { SessionHandle } from './client/session-handle';
export { TaskHandle } from './client/task-handle';
export type { RunOptions } from './client/sessions';
export type * from './client/types';
