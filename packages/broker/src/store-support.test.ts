import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '@orbitmq/kernel';
import type { BrokerConfig } from './broker-config.ts';
import { checkStoreSupport } from './store-support.ts';

const SUPPORTED = {
  enableDLegerCommitLog: false,
  storeType: 'default',
  enableConsumeQueueExt: false,
  transientStorePoolEnable: false,
  warmMapedFileEnable: false,
  enableMultiDispatch: false,
  enableLmq: false,
  duplicationEnable: false,
  enabledAppendPropCRC: false,
  authenticationEnabled: false,
  authorizationEnabled: false,
  brokerRole: 'ASYNC_MASTER' as const,
};

function check(changed: Partial<BrokerConfig>): unknown[] {
  const warned: unknown[] = [];
  const log = { ...silentLogger, warn: (fields: { key?: unknown }) => warned.push(fields.key) };
  checkStoreSupport({ ...SUPPORTED, ...changed } as BrokerConfig, log);
  return warned;
}

describe('settings of what is not there', () => {
  it('are refused when the files would be others', () => {
    expect(() => check({ enableDLegerCommitLog: true })).toThrow('enableDLegerCommitLog');
    expect(() => check({ storeType: 'defaultRocksDB' })).toThrow('storeType');
  });

  it('are refused when they ask for replication', () => {
    expect(() => check({ brokerRole: 'SLAVE' })).toThrow('brokerRole=SLAVE');
    expect(() => check({ brokerRole: 'SYNC_MASTER' })).toThrow('brokerRole=SYNC_MASTER');
  });

  it('are refused when they ask for users that nobody would check', () => {
    expect(() => check({ authenticationEnabled: true })).toThrow('authenticationEnabled');
    expect(() => check({ authorizationEnabled: true })).toThrow('authorizationEnabled');
  });

  it('are named when they have no effect', () => {
    expect(check({})).toEqual([]);
    expect(check({ enableLmq: true, transientStorePoolEnable: true })).toEqual([
      'transientStorePoolEnable',
      'enableMultiDispatch',
    ]);
  });
});
