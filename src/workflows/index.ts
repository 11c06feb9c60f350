/** The entry of the workflow bundle. */
export { learn, mine } from './learning';
export { session } from './session';
