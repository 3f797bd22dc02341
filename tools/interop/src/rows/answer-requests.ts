/**
 * Requests that no broker can serve, or only in part: unknown names, offsets that are not there, values out of range.
 * Our broker must answer each as an official one does, of 4.9 or of 5.x where these differ.
 */
export interface BadRequest {
  readonly what: string;
  readonly code: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Fields of the answer that are compared too. */
  readonly told?: readonly string[];
  /** Only brokers of 5.x know what it is about. */
  readonly isOf5?: boolean;
  /** What our broker answers though no official one does, and why. */
  readonly ours?: { readonly answer: string; readonly because: string };
}

/** There before, with 3 messages in queue 0; nothing is sent to it. */
export const ANSWERS_TOPIC = 'Answers';
/** There before, for what is sent. */
export const SENDS_TOPIC = 'AnswersSends';
const QUEUES = '4';
const NOBODY = 'G_nobody';
const NOWHERE = 'T_nowhere';
const KNOWN_GROUP = 'TOOLS_CONSUMER';
const FAR = '4611686018427387904';

const SEND: Readonly<Record<string, string>> = {
  a: 'PG',
  b: SENDS_TOPIC,
  c: 'TBW102',
  d: '4',
  e: '0',
  f: '0',
  g: '1700000000000',
  h: '0',
  i: '',
  j: '0',
  k: 'false',
  m: 'false',
};
const PULL: Readonly<Record<string, string>> = {
  consumerGroup: KNOWN_GROUP,
  topic: ANSWERS_TOPIC,
  queueId: '0',
  queueOffset: '0',
  maxMsgNums: '32',
  sysFlag: '4',
  commitOffset: '0',
  suspendTimeoutMillis: '0',
  subscription: '*',
  subVersion: '0',
};
const TOPIC: Readonly<Record<string, string>> = {
  topic: 'T_made',
  defaultTopic: 'TBW102',
  readQueueNums: QUEUES,
  writeQueueNums: QUEUES,
  perm: '6',
  topicFilterType: 'SINGLE_TAG',
  topicSysFlag: '0',
  order: 'false',
};
const NEXT = ['nextBeginOffset', 'minOffset', 'maxOffset'];

function send(what: string, change: Readonly<Record<string, string>>, body = 'x'): BadRequest {
  return { what: `a send ${what}`, code: 310, fields: { ...SEND, ...change }, body };
}

function pull(what: string, change: Readonly<Record<string, string>>): BadRequest {
  return { what: `a pull ${what}`, code: 11, fields: { ...PULL, ...change }, told: NEXT };
}

function topic(what: string, change: Readonly<Record<string, string>>): BadRequest {
  return { what: `a topic ${what}`, code: 17, fields: { ...TOPIC, ...change } };
}

function ask(
  what: string,
  code: number,
  fields: Readonly<Record<string, string>>,
  body?: string,
): BadRequest {
  return { what, code, fields, ...(body === undefined ? {} : { body }) };
}

function telling(request: BadRequest, ...told: readonly string[]): BadRequest {
  return { ...request, told };
}

const REFUSED = {
  answer: '23 nextBeginOffset= minOffset= maxOffset=',
  because: 'an official broker gives such a consumer every message',
};

function timed(what: string, properties: string): BadRequest {
  return { ...send(`with a delivery time ${what}`, { i: properties }), isOf5: true };
}

export const BAD_REQUESTS: readonly BadRequest[] = [
  send('to a topic nobody made, after a pattern nobody made', { b: 'T_new1', c: NOWHERE }),
  send('to a topic with blanks in its name', { b: 'a b' }),
  send('to a topic with a name of 300 letters', { b: 'x'.repeat(300) }),
  send('to the topic of schedules', { b: 'SCHEDULE_TOPIC_XXXX' }),
  send('to the pattern of topics', { b: 'TBW102' }),
  send('to the topic of half messages', { b: 'RMQ_SYS_TRANS_HALF_TOPIC' }),
  send('to the topic of self tests', { b: 'SELF_TEST_TOPIC' }),
  send('to the topic of moved offsets', { b: 'OFFSET_MOVED_EVENT' }),
  send('to a queue beyond the last', { e: '99' }),
  send('to a queue before the first', { e: '-1' }),
  send('without a body', {}, ''),
  send('of a body that is too large', {}, 'x'.repeat(4 * 1024 * 1024 + 1)),
  send('with too many properties', { i: `a\u0001${'x'.repeat(32_768)}` }),
  send('at a level beyond the last', { i: 'DELAY\u000199' }),
  send('at a level below none', { i: 'DELAY\u0001-3' }),
  send('at a level that is no number', { i: 'DELAY\u0001soon' }),
  timed('that is no number', 'TIMER_DELAY_SEC\u0001soon'),
  timed('below none', 'TIMER_DELAY_MS\u0001-5'),
  timed('that is over', 'TIMER_DELIVER_MS\u00011'),
  timed('that is too far', 'TIMER_DELAY_SEC\u0001999999999'),
  { ...send('of a batch with a delay', { i: 'DELAY\u00013', m: 'true' }), code: 320 },
  { ...send('of a batch to a retry topic', { b: `%RETRY%${KNOWN_GROUP}`, m: 'true' }), code: 320 },
  send('to the retry topic of a group nobody made', { b: `%RETRY%${NOBODY}` }),
  send('to the dead letters of a group nobody made', { b: `%DLQ%${NOBODY}` }),
  pull('of a group nobody made', { consumerGroup: NOBODY }),
  pull('of a topic nobody made', { topic: NOWHERE }),
  pull('of a queue beyond the last', { queueId: '99' }),
  pull('of a queue before the first', { queueId: '-1' }),
  pull('behind the end', { queueOffset: '3' }),
  pull('far behind the end', { queueOffset: '1000' }),
  pull('before the beginning', { queueOffset: '-7' }),
  pull('of an empty queue', { queueId: '1' }),
  pull('behind the end of an empty queue', { queueId: '1', queueOffset: '5' }),
  {
    ...pull('by a broken condition', { subscription: 'a > AND', expressionType: 'SQL92' }),
    ours: REFUSED,
  },
  pull('by a condition', { subscription: 'a > 1', expressionType: 'SQL92' }),
  {
    ...pull('by an unknown kind of condition', { subscription: 'a', expressionType: 'REGEX' }),
    ours: REFUSED,
  },
  pull('by tags that are none', { subscription: '||' }),
  pull('of a group without consumers that states no subscription', { sysFlag: '0' }),
  ask('a send-back of a group nobody made', 36, {
    offset: '0',
    group: NOBODY,
    delayLevel: '0',
    originTopic: ANSWERS_TOPIC,
    unitMode: 'false',
  }),
  ask('a send-back of a message that is not there', 36, {
    offset: FAR,
    group: KNOWN_GROUP,
    delayLevel: '0',
    originTopic: ANSWERS_TOPIC,
    unitMode: 'false',
  }),
  ask('a commit of a half message that is not there', 37, {
    producerGroup: 'PG',
    tranStateTableOffset: '0',
    commitLogOffset: FAR,
    commitOrRollback: '8',
    msgId: '',
  }),
  ask('a commit of an ordinary message', 37, {
    producerGroup: 'PG',
    tranStateTableOffset: '0',
    commitLogOffset: '0',
    commitOrRollback: '8',
    msgId: '',
  }),
  ask('a rollback of a half message that is not there', 37, {
    producerGroup: 'PG',
    tranStateTableOffset: '0',
    commitLogOffset: FAR,
    commitOrRollback: '12',
    msgId: '',
  }),
  telling(
    ask('the progress of a group nobody made', 14, {
      consumerGroup: NOBODY,
      topic: ANSWERS_TOPIC,
      queueId: '0',
    }),
    'offset',
  ),
  telling(
    ask('the progress in a topic nobody made', 14, {
      consumerGroup: KNOWN_GROUP,
      topic: NOWHERE,
      queueId: '0',
    }),
    'offset',
  ),
  ...[
    ['the end', 30],
    ['the beginning', 31],
  ].flatMap(([what, code]) =>
    [
      [ANSWERS_TOPIC, '0', ''],
      [ANSWERS_TOPIC, '99', ' beyond the last'],
      [NOWHERE, '0', ' of a topic nobody made'],
    ].map(([name = '', queueId = '', where = '']) =>
      telling(ask(`${what} of a queue${where}`, Number(code), { topic: name, queueId }), 'offset'),
    ),
  ),
  ...[
    [ANSWERS_TOPIC, '0'],
    [NOWHERE, '0'],
    [ANSWERS_TOPIC, '99'],
  ].flatMap(([name = '', queueId = '']) => [
    telling(
      ask(`an offset by an early time in ${name} ${queueId}`, 29, {
        topic: name,
        queueId,
        timestamp: '0',
      }),
      'offset',
    ),
    ask(`the earliest message of ${name} ${queueId}`, 32, { topic: name, queueId }),
  ]),
  ask('a message that is not there', 33, { offset: FAR }),
  ask('a message before the log', 33, { offset: '-1' }),
  ask('messages by a key that none has', 12, {
    topic: ANSWERS_TOPIC,
    key: 'none',
    maxNum: '32',
    beginTimestamp: '0',
    endTimestamp: FAR,
  }),
  ask('messages by key of a topic nobody made', 12, {
    topic: NOWHERE,
    key: 'k0',
    maxNum: '32',
    beginTimestamp: '0',
    endTimestamp: FAR,
  }),
  topic('with blanks in its name', { topic: 'a b' }),
  topic('with a name of 300 letters', { topic: 'x'.repeat(300) }),
  topic('of the system', { topic: 'TBW102' }),
  topic('of no name', { topic: '' }),
  ask('the end of a topic nobody made', 215, { topic: NOWHERE }),
  ask('the end of a group nobody made', 207, { groupName: NOBODY }),
  ask('the statistics of a topic nobody made', 202, { topic: NOWHERE }),
  ask('members of a group nobody made', 38, { consumerGroup: NOBODY }),
  ask('connections of a group nobody made', 203, { consumerGroup: NOBODY }),
  ask('connections of producers nobody made', 204, { producerGroup: NOBODY }),
  ask('progress statistics of a group nobody made', 208, { consumerGroup: NOBODY, topic: '' }),
  ask('what a consumer does that is not there', 307, {
    consumerGroup: NOBODY,
    clientId: 'nobody',
    jstackEnable: 'false',
  }),
  ask('a message handed to a consumer that is not there', 309, {
    consumerGroup: NOBODY,
    clientId: 'nobody',
    msgId: '7F00000100002A9F0000000000000000',
  }),
  ask('offsets reset of a topic nobody made', 222, {
    topic: NOWHERE,
    group: KNOWN_GROUP,
    timestamp: '0',
    isForce: 'true',
  }),
  ask('offsets reset of a group that is not online', 222, {
    topic: ANSWERS_TOPIC,
    group: NOBODY,
    timestamp: '0',
    isForce: 'true',
  }),
  ask('what consumers say that are not online', 223, { topic: ANSWERS_TOPIC, group: NOBODY }),
  ask('groups of a topic nobody made', 300, { topic: NOWHERE }),
  ask('the time span of a topic nobody made', 303, { topic: NOWHERE, group: NOBODY }),
  ask('offsets copied of a group nobody made', 314, {
    srcGroup: NOBODY,
    destGroup: KNOWN_GROUP,
    topic: ANSWERS_TOPIC,
    offline: 'true',
  }),
  ask('a counter that is none', 315, { statsName: 'NO_SUCH', statsKey: 'x' }),
  ask('a counter of nobody', 315, { statsName: 'TOPIC_PUT_NUMS', statsKey: NOWHERE }),
  ask('entries of a queue of a topic nobody made', 321, {
    topic: NOWHERE,
    queueId: '0',
    index: '0',
    count: '5',
  }),
  ask('the check of a half message that is not there', 323, {
    msgId: '7F00000100002A9F3FFFFFFFFFFFFFFF',
  }),
  {
    ...ask('the recall of a handle that is none', 370, { topic: SENDS_TOPIC, recallHandle: 'x' }),
    isOf5: true,
  },
  {
    ...ask('a recall in a topic nobody made', 370, { topic: NOWHERE, recallHandle: 'x' }),
    isOf5: true,
  },
  ask('the progress of a group nobody made, told', 15, {
    consumerGroup: NOBODY,
    topic: ANSWERS_TOPIC,
    queueId: '0',
    commitOffset: '1',
  }),
  ask('the end of a client that is not there', 35, { clientID: 'nobody', producerGroup: 'PG' }),
  ask(
    'a reply to nobody',
    325,
    { ...SEND, i: 'CORRELATION_ID\u0001c\u0002REPLY_TO_CLIENT\u0001nobody' },
    'x',
  ),
  ask('topics of a group nobody made', 343, { group: NOBODY }),
  ask('the subscription of a group nobody made', 345, { group: NOBODY, topic: ANSWERS_TOPIC }),
  { ...ask('the settings of a topic nobody made', 351, { topic: NOWHERE }), isOf5: true },
  { ...ask('the settings of a group nobody made', 352, { group: NOBODY }), isOf5: true },
  ask('groups cut off by nobody', 308, { topic: NOWHERE, compareGroup: NOBODY }),
  ask('a heartbeat without a body', 34, {}),
  ask('a configuration that is no text of keys', 25, {}, 'no key at all'),
  ask('locks without a body', 41, {}),
  ask('a client that subscribes by a broken condition', 46, {}, checkOf('a > AND', 'SQL92')),
  ask('a client that subscribes by a condition', 46, {}, checkOf('a > 1', 'SQL92')),
  ask('a client that subscribes by tags', 46, {}, checkOf('a || b', 'TAG')),
  ask('a client that subscribes by nothing known', 46, {}, checkOf('a', 'REGEX')),
  ask('a request nobody knows', 9_999, {}),
];

function checkOf(subString: string, expressionType: string): string {
  const subscriptionData = {
    topic: ANSWERS_TOPIC,
    subString,
    expressionType,
    subVersion: 1,
    classFilterMode: false,
    tagsSet: [],
    codeSet: [],
  };
  return JSON.stringify({ clientId: 'c', group: KNOWN_GROUP, subscriptionData });
}
