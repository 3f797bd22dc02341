export { nameServerService } from './definition.ts';
