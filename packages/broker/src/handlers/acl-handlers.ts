/** Accounts, changed and told by version. Source: AdminBrokerProcessor.java, PlainPermissionManager.java. */
import type { AclFiles, AclVersion } from '@orbitmq/auth';
import { toError } from '@orbitmq/kernel';
import {
  deleteAclConfig,
  getBrokerClusterAclInfo,
  ResponseCode,
  updateAndCreateAclConfig,
  updateGlobalWhiteAddrsConfig,
} from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError } from '@orbitmq/remoting';
import type { BrokerContext } from '../broker-context.ts';

/** Meanings of these codes in 4.x; in 5.x they say something else. */
const AclResponseCode = {
  updateFailed: 209,
  deleteFailed: 210,
  whiteAddressesFailed: 211,
} as const;

/** @param files undefined while `aclEnable` is false: every request is told so */
export function registerAclHandlers(
  server: RemotingServer,
  context: BrokerContext,
  files: AclFiles | undefined,
): void {
  server.register(updateAndCreateAclConfig, handleUpdate(context, files));
  server.register(deleteAclConfig, handleDelete(context, files));
  server.register(updateGlobalWhiteAddrsConfig, handleWhiteAddresses(context, files));
  server.register(getBrokerClusterAclInfo, handleInfo(context, files));
}

function enabled(files: AclFiles | undefined): AclFiles {
  if (files !== undefined) return files;
  throw new ResponseError(ResponseCode.SYSTEM_ERROR, 'aclEnable is false on this broker');
}

function handleUpdate(
  { log }: BrokerContext,
  files: AclFiles | undefined,
): Handler<typeof updateAndCreateAclConfig> {
  return async (request) => {
    const { accessKey, topicPerms, groupPerms } = request;
    const change = {
      ...(request.secretKey === undefined ? {} : { secretKey: request.secretKey }),
      ...optionalTexts(request),
      accessKey,
      admin: request.admin,
      ...(topicPerms === undefined ? {} : { topicPerms: listOf(topicPerms) }),
      ...(groupPerms === undefined ? {} : { groupPerms: listOf(groupPerms) }),
    };
    await orRefuse(AclResponseCode.updateFailed, () => enabled(files).putAccount(change));
    log.info({ accessKey, isAdmin: request.admin }, 'account changed');
  };
}

type AccountTexts = 'whiteRemoteAddress' | 'defaultTopicPerm' | 'defaultGroupPerm';

/** What is absent stays as it is. */
function optionalTexts(
  request: Partial<Record<AccountTexts, string | undefined>>,
): Partial<Record<AccountTexts, string>> {
  const { whiteRemoteAddress, defaultTopicPerm, defaultGroupPerm } = request;
  return {
    ...(whiteRemoteAddress === undefined ? {} : { whiteRemoteAddress }),
    ...(defaultTopicPerm === undefined ? {} : { defaultTopicPerm }),
    ...(defaultGroupPerm === undefined ? {} : { defaultGroupPerm }),
  };
}

function handleDelete(
  { log }: BrokerContext,
  files: AclFiles | undefined,
): Handler<typeof deleteAclConfig> {
  return async ({ accessKey }) => {
    let isDeleted = false;
    await orRefuse(AclResponseCode.deleteFailed, async () => {
      isDeleted = await enabled(files).deleteAccount(accessKey);
    });
    if (!isDeleted) {
      throw new ResponseError(
        AclResponseCode.deleteFailed,
        `The accesskey[${accessKey}] corresponding to accessConfig has been deleted failed.`,
      );
    }
    log.info({ accessKey }, 'account deleted');
  };
}

function handleWhiteAddresses(
  { log }: BrokerContext,
  files: AclFiles | undefined,
): Handler<typeof updateGlobalWhiteAddrsConfig> {
  return async ({ globalWhiteAddrs, aclFileFullPath }) => {
    let isChanged = false;
    await orRefuse(AclResponseCode.whiteAddressesFailed, async () => {
      const addresses = listOf(globalWhiteAddrs);
      isChanged = await enabled(files).setGlobalWhiteAddresses(addresses, aclFileFullPath);
    });
    if (!isChanged) {
      throw new ResponseError(
        AclResponseCode.whiteAddressesFailed,
        `The globalWhiteAddresses[${globalWhiteAddrs}] has been updated failed.`,
      );
    }
    log.info({ globalWhiteAddrs }, 'global white addresses changed');
  };
}

function handleInfo(
  context: BrokerContext,
  files: AclFiles | undefined,
): Handler<typeof getBrokerClusterAclInfo> {
  return () => {
    const known = enabled(files);
    const versions = known.versions();
    const { brokerName, brokerClusterName } = context.config;
    return {
      version: printVersion(versions.get(known.defaultFile) ?? { counter: 0, timestamp: 0 }),
      allAclFileVersion: JSON.stringify(Object.fromEntries(versions)),
      brokerName,
      brokerAddr: context.brokerAddress,
      clusterName: brokerClusterName,
    };
  };
}

function printVersion({ counter, timestamp }: AclVersion): string {
  return JSON.stringify({ counter, timestamp });
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
}

/** What is wrong with a change, under the code of that change. */
async function orRefuse(code: number, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ResponseError) throw error;
    throw new ResponseError(code, toError(error).message, error);
  }
}
