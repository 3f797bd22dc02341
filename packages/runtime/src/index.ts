export { type Clock, systemClock } from './clock.ts';
export type { Disk, DiskEntry, DiskFile, DiskStat, DiskUsage } from './disk.ts';
export type {
  ConnectOptions,
  Endpoint,
  ListenOptions,
  Net,
  PortListener,
  Socket,
  SocketListener,
  TlsAcceptor,
  TlsClientOptions,
  TlsServerOptions,
} from './net.ts';
export { makeLastingDirectory, nodeDisk, readWholeFile, replaceFile } from './node-disk.ts';
export { nodeNet } from './node-net.ts';
export { type ProcessTable, systemProcesses } from './process-table.ts';
export { type Random, systemRandom } from './random.ts';
export { type SelfSignedCertificate, selfSignedCertificate } from './self-signed.ts';
export { delay, systemTimers, type Timer, type Timers } from './timers.ts';
