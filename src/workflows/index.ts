/** The entry of the workflow bundle. */
export { learn } from './learning';
export { session } from './session';
