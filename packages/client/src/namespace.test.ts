import { describe, expect, it } from '@jest/globals';
import { namespaceOf, withNamespace, withoutNamespace } from './namespace.ts';

describe('a namespace', () => {
  it.each([
    ['Orders', 'ns%Orders'],
    ['%RETRY%G', '%RETRY%ns%G'],
    ['%DLQ%G', '%DLQ%ns%G'],
  ])('wraps %s as %s, once, and unwraps it again', (name, wrapped) => {
    expect(withNamespace(name, 'ns')).toBe(wrapped);
    expect(withNamespace(wrapped, 'ns')).toBe(wrapped);
    expect(withoutNamespace(wrapped, 'ns')).toBe(name);
  });

  it.each([
    '',
    'TBW102',
    'RMQ_SYS_TRACE_TOPIC',
    'rmq_sys_wheel_timer',
    'CID_RMQ_SYS_x',
    'CLIENT_INNER_PRODUCER',
  ])('leaves %j of the system alone', (name) => {
    expect(withNamespace(name, 'ns')).toBe(name);
  });

  it('of others is left where it is', () => {
    expect(withoutNamespace('other%Orders', 'ns')).toBe('other%Orders');
    expect(withNamespace('Orders', undefined)).toBe('Orders');
    expect(withoutNamespace('ns%Orders', undefined)).toBe('ns%Orders');
  });

  it('is read from an endpoint that names its instance', () => {
    const endpoint = 'http://MQ_INST_123_abc.region.example:80';
    expect(namespaceOf({ nameServers: endpoint })).toBe('MQ_INST_123_abc');
    expect(namespaceOf({ nameServers: [endpoint] })).toBe('MQ_INST_123_abc');
    expect(namespaceOf({ nameServers: endpoint, namespace: 'ns' })).toBe('ns');
    expect(namespaceOf({ nameServers: '10.0.0.1:9876;10.0.0.2:9876' })).toBeUndefined();
  });
});
