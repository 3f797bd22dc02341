/** A send's header by its long names, whichever of the two forms carried it. */
import type { RequestOf } from '../define-command.ts';
import type { sendMessage } from './send-message.ts';
import type { sendMessageV2 } from './send-message-v2.ts';

/** What the headers of SEND_MESSAGE and SEND_MESSAGE_V2 say. */
export type SendHeader = RequestOf<typeof sendMessage>;
/** The same under the letters of SEND_MESSAGE_V2. */
export type SendHeaderV2 = RequestOf<typeof sendMessageV2>;

/** Source: SendMessageRequestHeaderV2.createSendMessageRequestHeaderV1. */
export function sendHeaderOf(header: SendHeaderV2): SendHeader {
  return {
    producerGroup: header.a,
    topic: header.b,
    defaultTopic: header.c,
    defaultTopicQueueNums: header.d,
    queueId: header.e,
    sysFlag: header.f,
    bornTimestamp: header.g,
    flag: header.h,
    properties: header.i,
    reconsumeTimes: header.j,
    unitMode: header.k,
    maxReconsumeTimes: header.l,
    batch: header.m,
    bname: header.n,
    ns: header.ns,
    nsd: header.nsd,
    oway: header.oway,
    lo: header.lo,
  };
}

/** Source: SendMessageRequestHeaderV2.createSendMessageRequestHeaderV2. */
export function sendHeaderV2Of(header: SendHeader): SendHeaderV2 {
  return {
    a: header.producerGroup,
    b: header.topic,
    c: header.defaultTopic,
    d: header.defaultTopicQueueNums,
    e: header.queueId,
    f: header.sysFlag,
    g: header.bornTimestamp,
    h: header.flag,
    i: header.properties,
    j: header.reconsumeTimes,
    k: header.unitMode,
    l: header.maxReconsumeTimes,
    m: header.batch,
    n: header.bname,
    ns: header.ns,
    nsd: header.nsd,
    oway: header.oway,
    lo: header.lo,
  };
}
