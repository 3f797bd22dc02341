import { describe, expect, it } from '@jest/globals';
import { type AclFiles, AclRules, signRequests } from '@orbitmq/auth';
import type { LogFields, Logger } from '@orbitmq/kernel';
import {
  encodeCommand,
  FrameView,
  LANGUAGE_OTHER,
  ResponseCode,
  readFrame,
  SerializeType,
} from '@orbitmq/protocol';
import type { Connection } from '@orbitmq/remoting';
import { accessGate } from './access-gate.ts';

const ACCOUNT = { accessKey: 'user-account', secretKey: 'user-secret', defaultTopicPerm: 'PUB' };
const CLOCK = { now: () => 0, monotonicMs: () => 0 };

function filesOf(globalWhiteRemoteAddresses: readonly string[] = []): AclFiles {
  const version = { counter: 0, timestamp: 0 };
  const rules = new AclRules([{ globalWhiteRemoteAddresses, accounts: [ACCOUNT], version }]);
  return { rules } as unknown as AclFiles;
}

function frameOf(secretKey: string | undefined): FrameView {
  const extFields: Record<string, string> = { a: 'PG', b: 'T' };
  if (secretKey !== undefined) {
    signRequests({ ...ACCOUNT, secretKey })({ extFields, body: undefined });
  }
  const bytes = encodeCommand({
    code: 310,
    language: LANGUAGE_OTHER,
    version: 407,
    opaque: 1,
    flag: 0,
    extFields,
    serializeType: SerializeType.json,
  });
  const view = new FrameView();
  readFrame(bytes, 0, bytes.length, view);
  return view;
}

function connectionFrom(remoteAddress: string): Connection {
  return { remoteAddress } as unknown as Connection;
}

function recordingLogger(lines: { fields: LogFields; message: string }[]): Logger {
  return {
    warn: (fields: LogFields, message: string) => void lines.push({ fields, message }),
  } as unknown as Logger;
}

describe('the gate of a broker with accounts', () => {
  it('lets through what is signed', () => {
    const gate = accessGate(filesOf(), recordingLogger([]), CLOCK);
    expect(() => gate(connectionFrom('10.0.0.9:50123'), frameOf('user-secret'))).not.toThrow();
  });

  it('refuses and logs what is not, without the secret or the signature', () => {
    const lines: { fields: LogFields; message: string }[] = [];
    const gate = accessGate(filesOf(), recordingLogger(lines), CLOCK);
    const frame = frameOf('wrong-secret');
    expect(() => gate(connectionFrom('10.0.0.9:50123'), frame)).toThrow(
      expect.objectContaining({
        responseCode: ResponseCode.SYSTEM_ERROR,
        message:
          'org.apache.rocketmq.acl.common.AclException: Check signature failed for accessKey=user-account',
      }),
    );
    expect(lines).toEqual([
      {
        fields: {
          request: 'SEND_MESSAGE_V2',
          remoteAddress: '10.0.0.9:50123',
          refusal: 'Check signature failed for accessKey=user-account',
        },
        message: 'request refused',
      },
    ]);
    const signature = frame.fields()['Signature'] ?? '';
    expect(signature).not.toBe('');
    expect(JSON.stringify(lines)).not.toContain(signature);
  });

  it('logs no more than some lines of what strangers send', () => {
    const lines: { fields: LogFields; message: string }[] = [];
    const gate = accessGate(filesOf(), recordingLogger(lines), CLOCK);
    const stranger = connectionFrom('10.0.0.9:50123');
    for (let request = 0; request < 1_000; request++) {
      expect(() => gate(stranger, frameOf(undefined))).toThrow('No accessKey is configured');
    }
    expect(lines.length).toBeLessThan(50);
  });

  it('knows white peers by their address, of IPv4 and of IPv6', () => {
    const gate = accessGate(filesOf(['10.0.0.9', 'fe80::1']), recordingLogger([]), CLOCK);
    for (const address of ['10.0.0.9:50123', '[fe80::1]:50123']) {
      expect(() => gate(connectionFrom(address), frameOf(undefined))).not.toThrow();
    }
    expect(() => gate(connectionFrom('10.0.0.90:9'), frameOf(undefined))).toThrow(
      'No accessKey is configured',
    );
  });
});
