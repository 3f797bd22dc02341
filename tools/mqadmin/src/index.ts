export { type AdminHost, runAdmin } from './run.ts';
