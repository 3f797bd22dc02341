// `npm start`: sets up what is missing, then runs name server and broker in this process.
import { setUp } from './setup.mjs';

// mqadmin as well: the first commands to try are its.
setUp({ projects: ['@orbitmq/broker-app', '@orbitmq/mqadmin'] });
await import('../apps/broker/bin/orbitmq.js');
