/** The entry of the workflow bundle. */
export { checkHealth } from './health';
export { learn } from './learning';
export { session } from './session';
