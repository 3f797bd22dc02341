import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  type AnyCommandDefinition,
  decodeFields,
  type ExtFields,
  encodeFields,
  type Fields,
} from '../define-command.ts';
import { RequestCode } from '../request-code.ts';
import * as commands from './index.ts';

interface RecordedFrame {
  readonly dir: string;
  readonly request: number;
  readonly code: number;
  readonly ext: ExtFields | null;
}

const definitions = Object.values(commands).filter(
  (exported): exported is Exclude<typeof exported, (...parameters: never) => unknown> =>
    typeof exported === 'object' && 'code' in exported,
) as unknown as AnyCommandDefinition[];
const byCode = new Map(definitions.map((definition) => [definition.code, definition]));

/** What an RPC hook adds to any request. */
const FIELDS_OF_HOOKS = new Set(['ReqT']);
/** Answer codes that come without the answer's own header. */
const SUCCESS_CODES = new Set([0, 10, 11, 12, 19, 20]);

describe('command definitions', () => {
  it('carry the code that Apache gives their name, each code once', () => {
    for (const { name, code } of definitions) {
      expect([name, code]).toEqual([name, RequestCode[name as keyof typeof RequestCode]]);
    }
    expect(byCode.size).toBe(definitions.length);
  });

  it('cover every request that a broker, name server or client handles', () => {
    const unhandled = Object.entries(RequestCode).filter(([, code]) => !byCode.has(code));
    expect(unhandled.map(([name]) => name)).toEqual([
      'QUERY_BROKER_OFFSET',
      'GET_TOPIC_CONFIG_LIST',
      'GET_TOPIC_NAME_LIST',
      'TRIGGER_DELETE_FILES',
      'GET_CLIENT_CONFIG',
      'SUSPEND_CONSUMER',
      'RESUME_CONSUMER',
      'RESET_CONSUMER_OFFSET_IN_CONSUMER',
      'RESET_CONSUMER_OFFSET_IN_BROKER',
      'ADJUST_CONSUMER_THREAD_POOL',
      'WHO_CONSUME_THE_MESSAGE',
      'REGISTER_FILTER_SERVER',
      'REGISTER_MESSAGE_FILTER_CLASS',
      'BROKER_CLOSE_CHANNEL_REQUEST',
      'CHECK_NOT_ACTIVE_BROKER_REQUEST',
      'GET_BROKER_LIVE_INFO_REQUEST',
      'GET_SYNC_STATE_DATA_REQUEST',
      'RAFT_BROKER_HEART_BEAT_EVENT_REQUEST',
    ]);
  });

  it.each(['wire-4.9.7.jsonl', 'wire-5.5.0.jsonl'])(
    'read every header recorded in %s and write the same fields again',
    (file) => {
      for (const frame of recordedFrames(file)) {
        const definition = byCode.get(frame.request);
        expect([frame.request, definition?.code]).toEqual([frame.request, frame.request]);
        if (definition !== undefined) expectSameHeader(definition, frame);
      }
    },
  );

  it('translate between both forms of a send header without loss', () => {
    const header: commands.SendHeader = {
      producerGroup: 'P',
      topic: 'T',
      defaultTopic: 'TBW102',
      defaultTopicQueueNums: 4,
      queueId: 1,
      sysFlag: 0,
      bornTimestamp: 1_795_473_608_974,
      flag: 0,
      properties: 'a\u0001b',
      reconsumeTimes: 2,
      unitMode: false,
      maxReconsumeTimes: 16,
      batch: true,
      bname: 'broker-a',
      ns: 'N',
      nsd: true,
      oway: false,
      lo: true,
    };
    expect(commands.sendHeaderOf(commands.sendHeaderV2Of(header))).toEqual(header);
  });
});

function recordedFrames(file: string): RecordedFrame[] {
  const lines = readFileSync(new URL(`../../test-data/${file}`, import.meta.url), 'utf8');
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedFrame);
}

function expectSameHeader(definition: AnyCommandDefinition, frame: RecordedFrame): void {
  const isAnswer = frame.dir === 'answer';
  if (isAnswer && !SUCCESS_CODES.has(frame.code)) return;
  const fields: Fields = isAnswer ? definition.response : definition.request;
  const recorded = Object.entries(frame.ext ?? {}).filter(([name]) => !FIELDS_OF_HOOKS.has(name));
  const encoded = encodeFields(fields, decodeFields(fields, frame.ext ?? {}));
  const stated = Object.entries(encoded).filter(
    ([name]) => frame.ext?.[name] !== undefined || fields[name]?.absent === undefined,
  );
  expect([definition.name, Object.fromEntries(stated)]).toEqual([
    definition.name,
    Object.fromEntries(recorded),
  ]);
}
