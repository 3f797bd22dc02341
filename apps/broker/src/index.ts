export { brokerService } from './definition.ts';
export { type EmbeddedOptions, startEmbedded } from './embedded.ts';
