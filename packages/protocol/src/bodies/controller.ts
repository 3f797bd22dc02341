/** Bodies of the controller and of 5.x replication. */
import { bodyOf } from './body.ts';
import {
  bool,
  defaulted,
  int32,
  int64,
  list,
  mapOf,
  optional,
  struct,
  type TypeOf,
  text,
} from './shape.ts';
import { brokerMemberGroup } from './topic-route-data.ts';

/** Ids of the replicas that are in sync. Source: SyncStateSet.java. */
export type SyncStateSet = TypeOf<typeof syncStateSet>;
const syncStateSet = struct({
  syncStateSet: defaulted(list(int64), []),
  syncStateSetEpoch: defaulted(int32, 0),
});
export const { parse: parseSyncStateSet, print: printSyncStateSet } = bodyOf(
  'SyncStateSet',
  syncStateSet,
);

/** Source: ElectMasterResponseBody.java. */
export type ElectMasterResponseBody = TypeOf<typeof electMaster>;
const electMaster = struct({
  brokerMemberGroup: optional(brokerMemberGroup),
  syncStateSet: defaulted(list(int64), []),
});
export const { parse: parseElectMasterResponseBody, print: printElectMasterResponseBody } = bodyOf(
  'ElectMasterResponseBody',
  electMaster,
);

/** Source: BrokerReplicasInfo.ReplicaIdentity. */
export type ReplicaIdentity = TypeOf<typeof replicaIdentity>;
const replicaIdentity = struct({
  alive: optional(bool),
  brokerAddress: optional(text),
  brokerId: int64,
  brokerName: text,
});

/** Source: BrokerReplicasInfo.ReplicasInfo. */
export type ReplicasInfo = TypeOf<typeof replicasInfo>;
const replicasInfo = struct({
  inSyncReplicas: defaulted(list(replicaIdentity), []),
  masterAddress: optional(text),
  masterBrokerId: optional(int64),
  masterEpoch: defaulted(int32, 0),
  notInSyncReplicas: defaulted(list(replicaIdentity), []),
  syncStateSetEpoch: defaulted(int32, 0),
});

/** Broker name to its replicas. Source: BrokerReplicasInfo.java. */
export type BrokerReplicasInfo = TypeOf<typeof brokerReplicasInfo>;
const brokerReplicasInfo = struct({
  replicasInfoTable: defaulted(mapOf(replicasInfo), new Map()),
});
export const { parse: parseBrokerReplicasInfo, print: printBrokerReplicasInfo } = bodyOf(
  'BrokerReplicasInfo',
  brokerReplicasInfo,
);

/** Who was master from which physical offset to which; 2^63 means open. Source: EpochEntry.java. */
export type EpochEntry = TypeOf<typeof epochEntry>;
const epochEntry = struct({
  endOffset: defaulted(int64, 2 ** 63),
  epoch: int32,
  startOffset: int64,
});

/** Source: EpochEntryCache.java. */
export type EpochEntryCache = TypeOf<typeof epochEntryCache>;
const epochEntryCache = struct({
  brokerId: defaulted(int64, 0),
  brokerName: text,
  clusterName: optional(text),
  epochList: defaulted(list(epochEntry), []),
  maxOffset: defaulted(int64, 0),
});
export const { parse: parseEpochEntryCache, print: printEpochEntryCache } = bodyOf(
  'EpochEntryCache',
  epochEntryCache,
);

/** A slave's end of the stream. Source: HARuntimeInfo.HAClientRuntimeInfo. */
export type HaClientRuntimeInfo = TypeOf<typeof haClientRuntimeInfo>;
const haClientRuntimeInfo = struct({
  lastReadTimestamp: defaulted(int64, 0),
  lastWriteTimestamp: defaulted(int64, 0),
  masterAddr: optional(text),
  masterFlushOffset: defaulted(int64, 0),
  maxOffset: defaulted(int64, 0),
  transferredByteInSecond: defaulted(int64, 0),
});

/** A master's end of the stream to one slave. Source: HARuntimeInfo.HAConnectionRuntimeInfo. */
export type HaConnectionRuntimeInfo = TypeOf<typeof haConnectionRuntimeInfo>;
const haConnectionRuntimeInfo = struct({
  addr: optional(text),
  /** Bytes that the slave is behind. */
  diff: defaulted(int64, 0),
  inSync: defaulted(bool, false),
  slaveAckOffset: defaulted(int64, 0),
  transferFromWhere: defaulted(int64, 0),
  transferredByteInSecond: defaulted(int64, 0),
});

/** State of the replication; offsets are physical. Source: HARuntimeInfo.java. */
export type HaRuntimeInfo = TypeOf<typeof haRuntimeInfo>;
const haRuntimeInfo = struct({
  haClientRuntimeInfo: optional(haClientRuntimeInfo),
  haConnectionInfo: defaulted(list(haConnectionRuntimeInfo), []),
  inSyncSlaveNums: defaulted(int32, 0),
  master: defaulted(bool, false),
  masterCommitLogMaxOffset: defaulted(int64, 0),
});
export const { parse: parseHaRuntimeInfo, print: printHaRuntimeInfo } = bodyOf(
  'HaRuntimeInfo',
  haRuntimeInfo,
);
