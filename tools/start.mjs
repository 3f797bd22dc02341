// `npm start`: sets up what is missing, then runs name server and broker in this process.
import { setUp } from './setup.mjs';

setUp({ projects: ['@orbitmq/broker-app'] });
await import('../apps/broker/bin/orbitmq.js');
