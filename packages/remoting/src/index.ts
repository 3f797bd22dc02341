export { parseAddress } from './address.ts';
export { BoundedLog } from './bounded-log.ts';
export {
  type DisconnectedListener,
  type HookedRequest,
  RemotingClient,
  type RemotingClientOptions,
  type RequestHook,
} from './client.ts';
export {
  type CloseReason,
  Connection,
  type ConnectionLimits,
  type InvokeOptions,
  type OutgoingRequest,
} from './connection.ts';
export {
  type Answer,
  type AnswerParts,
  type CustomAnswer,
  type FrameHandler,
  type Handler,
  type RawHandler,
  type RequestContext,
  type RequestObserver,
  reply,
} from './dispatcher.ts';
export { RemotingErrorCode, ResponseError } from './errors.ts';
export {
  type ClientLimits,
  DEFAULT_CLIENT_LIMITS,
  DEFAULT_SERVER_LIMITS,
  type ServerLimits,
} from './limits.ts';
export type { ReplyReceiver } from './pending-requests.ts';
export { Reply } from './reply.ts';
export {
  type ConnectionClosedListener,
  RemotingServer,
  type RemotingServerOptions,
} from './server.ts';
export {
  DEFAULT_TLS_SERVER_SETTINGS,
  type TlsClientSettings,
  type TlsMode,
  type TlsServerSettings,
  tlsClientSettings,
  tlsServerSettings,
} from './tls-settings.ts';
