// `npm start`: sets up what is missing, then runs name server and broker in this process, which then stops
// them in order on a signal.
import { setUp } from './setup.mjs';

// All that a user may call next: mqadmin, whose are the first commands to try, and the services alone.
await setUp({ projects: ['@orbitmq/broker-app', '@orbitmq/namesrv', '@orbitmq/mqadmin'] });
await import('../apps/broker/bin/orbitmq.js');
