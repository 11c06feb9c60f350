/** The entry of the workflow bundle. */
export { checkHealth } from './health';
export { learn, mine } from './learning';
export { session } from './session';
