import {
  addWritePermOfBroker,
  brokerHeartbeat,
  deleteKvConfig,
  deleteTopicInNameServer,
  getAllTopicListFromNameServer,
  getBrokerClusterInfo,
  getBrokerMemberGroup,
  getHasUnitSubTopicList,
  getHasUnitSubUnunitTopicList,
  getKvConfig,
  getKvListByNamespace,
  getNameServerConfig,
  getRouteInfoByTopic,
  getSystemTopicListFromNameServer,
  getTopicsByCluster,
  getUnitTopicList,
  putKvConfig,
  queryDataVersion,
  registerBroker,
  registerTopicInNameServer,
  unregisterBroker,
  updateNameServerConfig,
  wipeWritePermOfBroker,
} from '@orbitmq/protocol';
import type { RemotingServer } from '@orbitmq/remoting';
import type { NameServerState } from '../name-server-state.ts';
import { handleAddWritePermOfBroker } from './add-write-perm-of-broker.ts';
import { handleBrokerHeartbeat } from './broker-heartbeat.ts';
import { handleDeleteKvConfig } from './delete-kv-config.ts';
import { handleDeleteTopicInNameServer } from './delete-topic-in-name-server.ts';
import { handleGetAllTopicListFromNameServer } from './get-all-topic-list-from-name-server.ts';
import { handleGetBrokerClusterInfo } from './get-broker-cluster-info.ts';
import { handleGetBrokerMemberGroup } from './get-broker-member-group.ts';
import { handleGetHasUnitSubTopicList } from './get-has-unit-sub-topic-list.ts';
import { handleGetHasUnitSubUnunitTopicList } from './get-has-unit-sub-ununit-topic-list.ts';
import { handleGetKvConfig } from './get-kv-config.ts';
import { handleGetKvListByNamespace } from './get-kv-list-by-namespace.ts';
import { handleGetNameServerConfig } from './get-name-server-config.ts';
import { handleGetRouteInfoByTopic } from './get-route-info-by-topic.ts';
import { handleGetSystemTopicListFromNameServer } from './get-system-topic-list-from-name-server.ts';
import { handleGetTopicsByCluster } from './get-topics-by-cluster.ts';
import { handleGetUnitTopicList } from './get-unit-topic-list.ts';
import { handlePutKvConfig } from './put-kv-config.ts';
import { handleQueryDataVersion } from './query-data-version.ts';
import { handleRegisterBroker } from './register-broker.ts';
import { handleRegisterTopicInNameServer } from './register-topic-in-name-server.ts';
import { handleUnregisterBroker } from './unregister-broker.ts';
import { handleUpdateNameServerConfig } from './update-name-server-config.ts';
import { handleWipeWritePermOfBroker } from './wipe-write-perm-of-broker.ts';

/** Every request that a name server knows. */
export function registerHandlers(
  server: Pick<RemotingServer, 'register'>,
  state: NameServerState,
): void {
  server.register(putKvConfig, handlePutKvConfig(state));
  server.register(getKvConfig, handleGetKvConfig(state));
  server.register(deleteKvConfig, handleDeleteKvConfig(state));
  server.register(getKvListByNamespace, handleGetKvListByNamespace(state));
  server.register(registerBroker, handleRegisterBroker(state));
  server.register(unregisterBroker, handleUnregisterBroker(state));
  server.register(queryDataVersion, handleQueryDataVersion(state));
  server.register(brokerHeartbeat, handleBrokerHeartbeat(state));
  server.register(getRouteInfoByTopic, handleGetRouteInfoByTopic(state));
  server.register(getBrokerClusterInfo, handleGetBrokerClusterInfo(state));
  server.register(getBrokerMemberGroup, handleGetBrokerMemberGroup(state));
  server.register(wipeWritePermOfBroker, handleWipeWritePermOfBroker(state));
  server.register(addWritePermOfBroker, handleAddWritePermOfBroker(state));
  server.register(getAllTopicListFromNameServer, handleGetAllTopicListFromNameServer(state));
  server.register(getTopicsByCluster, handleGetTopicsByCluster(state));
  server.register(getSystemTopicListFromNameServer, handleGetSystemTopicListFromNameServer(state));
  server.register(getUnitTopicList, handleGetUnitTopicList(state));
  server.register(getHasUnitSubTopicList, handleGetHasUnitSubTopicList(state));
  server.register(getHasUnitSubUnunitTopicList, handleGetHasUnitSubUnunitTopicList(state));
  server.register(deleteTopicInNameServer, handleDeleteTopicInNameServer(state));
  server.register(registerTopicInNameServer, handleRegisterTopicInNameServer(state));
  server.register(getNameServerConfig, handleGetNameServerConfig(state));
  server.register(updateNameServerConfig, handleUpdateNameServerConfig(state));
}
