/** Settings of Apache's broker that this one does not have: told at the start, never passed over in silence. */
import { type Logger, RocketMqError } from '@orbitmq/kernel';
import type { BrokerConfig } from './broker-config.ts';

const WITHOUT_USERS =
  'there are no users of 5.x, and everybody would be let in; use aclEnable with conf/plain_acl.yml';

/** A store of another format under the same name would be read wrongly; a promise that cannot be kept is not made. */
const REFUSED: readonly Unsupported[] = [
  {
    key: 'brokerRole=SLAVE',
    isAsked: (config) => config.brokerRole === 'SLAVE',
    meaning: 'there is no replication yet, and a master in its place would diverge',
  },
  {
    key: 'brokerRole=SYNC_MASTER',
    isAsked: (config) => config.brokerRole === 'SYNC_MASTER',
    meaning: 'there is no slave that could confirm a message; use ASYNC_MASTER',
  },
  {
    key: 'enableDLegerCommitLog',
    isAsked: (config) => config.enableDLegerCommitLog,
    meaning: 'the commit log of DLedger has another format',
  },
  {
    key: 'storeType',
    isAsked: (config) => config.storeType !== 'default',
    meaning: 'consume queues are kept in files only (storeType=default)',
  },
  {
    key: 'authenticationEnabled',
    isAsked: (config) => config.authenticationEnabled,
    meaning: WITHOUT_USERS,
  },
  {
    key: 'authorizationEnabled',
    isAsked: (config) => config.authorizationEnabled,
    meaning: WITHOUT_USERS,
  },
];

/** Without them everything is served; what they would add is missing. */
const WITHOUT_EFFECT: readonly Unsupported[] = [
  {
    key: 'enableConsumeQueueExt',
    isAsked: (config) => config.enableConsumeQueueExt,
    meaning: 'no consumequeue_ext is written; SQL92 filters read the messages',
  },
  {
    key: 'transientStorePoolEnable',
    isAsked: (config) => config.transientStorePoolEnable,
    meaning: 'messages are always collected in memory and written in batches',
  },
  {
    key: 'warmMapedFileEnable',
    isAsked: (config) => config.warmMapedFileEnable,
    meaning: 'files are written, not mapped: there is nothing to warm',
  },
  {
    key: 'enableMultiDispatch',
    isAsked: (config) => config.enableMultiDispatch || config.enableLmq,
    meaning:
      'a message goes to its own queue only; light message queues (enableLmq) are not served',
  },
  {
    key: 'duplicationEnable',
    isAsked: (config) => config.duplicationEnable,
    meaning: 'messages can be read when they are written',
  },
  {
    key: 'enabledAppendPropCRC',
    isAsked: (config) => config.enabledAppendPropCRC,
    meaning: 'records carry the CRC of their body only',
  },
];

interface Unsupported {
  readonly key: string;
  readonly meaning: string;
  readonly isAsked: (config: BrokerConfig) => boolean;
}

/** @throws {RocketMqError} CONFIG_UNSUPPORTED when the broker could not be what the settings say */
export function checkStoreSupport(config: BrokerConfig, log: Logger): void {
  const refused = REFUSED.find(({ isAsked }) => isAsked(config));
  if (refused !== undefined) {
    throw new RocketMqError(`${refused.key} is not supported: ${refused.meaning}`, {
      code: 'CONFIG_UNSUPPORTED',
      details: { key: refused.key },
    });
  }
  for (const { key, meaning, isAsked } of WITHOUT_EFFECT) {
    if (isAsked(config)) log.warn({ key, meaning }, 'a setting has no effect');
  }
}
