import { bool, defineCommand } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * HEART_BEAT: a client tells a broker its groups and subscriptions.
 *
 *   request  => [bname] [ns] [nsd] [oway] body
 *     bname, ns, nsd, oway as in base-fields.ts
 *     body => HeartbeatData
 *   response => [IS_SUPPORT_HEART_BEAT_V2] [IS_SUB_CHANGE]
 *     IS_SUPPORT_HEART_BEAT_V2 => "true" | "false", 5.x
 *     IS_SUB_CHANGE            => "true" | "false", 5.x
 *
 * Source: HeartbeatRequestHeader.java, HeartbeatData.java, ClientManageProcessor.java.
 */
export const heartBeat = defineCommand({
  code: 34,
  name: 'HEART_BEAT',
  request: {
    ...rpcFields,
  },
  response: {
    IS_SUPPORT_HEART_BEAT_V2: bool({ optional: true }),
    IS_SUB_CHANGE: bool({ optional: true }),
  },
});
