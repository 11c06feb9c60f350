/** The entry of the workflow bundle. */
export { session } from './session';
