export {
  APACHE_VERSIONS,
  type ApacheVersion,
  jvmFlagsOf,
  type StartApacheBrokerOptions,
  type StartApacheNamesrvOptions,
  startApacheBroker,
  startApacheNamesrv,
} from './apache.ts';
export {
  type RunCommandOptions,
  type RunCommandResult,
  runCommand,
  type Service,
  type StopKind,
  stopEverything,
  stopOnSignals,
} from './child.ts';
export { fetchPeer, type Peer, peersDirectory } from './fetch.ts';
export {
  type StartOrbitBrokerOptions,
  type StartOrbitNamesrvOptions,
  startOrbitBroker,
  startOrbitNamesrv,
} from './orbit.ts';
export { freeBrokerPort, freePort } from './ports.ts';
export { type Answer, queryOnce } from './query.ts';
