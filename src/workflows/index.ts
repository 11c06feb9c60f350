/** The entry of the workflow bundle. */
export { checkHealth } from './health';
export { learn, mine } from './learning';
export { scheduledSession } from './scheduled-session';
export { session } from './session';
