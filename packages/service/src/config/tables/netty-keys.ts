import { boolKey, intKey, longKey, textKey } from '../key.ts';

/** What name server and broker listen with; `listenPort` is each one's own. Source: NettyServerConfig.java. */
export const nettyServerKeys = {
  serverWorkerThreads: intKey(8, 'I/O codec/handler threads.'),
  serverCallbackExecutorThreads: intKey(0, 'Public pool threads; ≤ 0 → 4.'),
  serverSelectorThreads: intKey(3, 'Selector threads.'),
  serverOnewaySemaphoreValue: intKey(256, 'Max concurrent one-way requests sent by the server.'),
  serverAsyncSemaphoreValue: intKey(64, 'Max concurrent async requests sent by the server.'),
  serverChannelMaxIdleTimeSeconds: intKey(120, 'Close connection after idle seconds.', {
    effect: 'start',
    min: 0,
  }),
  serverSocketSndBufSize: intKey(0, 'SO_SNDBUF, 0 = system.'),
  serverSocketRcvBufSize: intKey(0, 'SO_RCVBUF, 0 = system.'),
  writeBufferHighWaterMark: intKey(0, 'Bytes; 0 = default of the network library.', {
    unit: 'bytes',
  }),
  writeBufferLowWaterMark: intKey(0, 'Bytes; 0 = default.', { unit: 'bytes' }),
  serverSocketBacklog: intKey(1024, 'Listen backlog.', { effect: 'start', min: 1 }),
  serverPooledByteBufAllocatorEnable: boolKey(true, 'Pooled buffers.'),
  useEpollNativeSelector: boolKey(false, 'Use native epoll.'),
  bindAddress: textKey('0.0.0.0', 'Address to bind.', { effect: 'start' }),
  serverNettyWorkerGroupEnable: boolKey(true, 'Use worker event group for handlers.'),
  enableShutdownGracefully: boolKey(
    false,
    'Refuse new requests with GO_AWAY then wait on shutdown.',
  ),
  shutdownWaitTimeSeconds: intKey(30, 'Wait of the former.', { effect: 'start' }),
} as const;

/** What a broker connects with. Source: NettyClientConfig.java. */
export const nettyClientKeys = {
  clientWorkerThreads: intKey(4, 'Client handler threads.'),
  clientCallbackExecutorThreads: intKey(
    { shown: 'processors', of: (machine) => machine.processors },
    'Client callback threads.',
  ),
  clientOnewaySemaphoreValue: intKey(65_535, 'Max concurrent one-way requests.'),
  clientAsyncSemaphoreValue: intKey(65_535, 'Max concurrent async requests.', { effect: 'start' }),
  connectTimeoutMillis: intKey(3000, 'TCP connect timeout.', { effect: 'start' }),
  channelNotActiveInterval: longKey(60_000, 'Ms (not used for closing).', { unit: 'ms' }),
  clientChannelMaxIdleTimeSeconds: intKey(120, 'Close after idle seconds, 0 = never.', {
    effect: 'start',
  }),
  clientSocketSndBufSize: intKey(0, 'SO_SNDBUF.'),
  clientSocketRcvBufSize: intKey(0, 'SO_RCVBUF.'),
  clientPooledByteBufAllocatorEnable: boolKey(false, 'Pooled buffers.'),
  clientCloseSocketIfTimeout: boolKey(true, 'Close connection when a call times out.'),
  useTLS: boolKey(false, 'Connect with TLS.', { effect: 'start' }),
  writeBufferHighWaterMark: intKey(0, 'Bytes; 0 = default of the network library.', {
    unit: 'bytes',
  }),
  writeBufferLowWaterMark: intKey(0, 'Bytes; 0 = default.', { unit: 'bytes' }),
  isScanAvailableNameSrv: boolKey(true, 'Probe name servers in background.'),
  socksProxyConfig: textKey('{}', 'JSON map CIDR → SOCKS proxy.'),
  disableCallbackExecutor: boolKey(false, 'Run callbacks on the I/O thread.'),
  disableNettyWorkerGroup: boolKey(false, 'No worker group.'),
  maxReconnectIntervalTimeSeconds: longKey(60, 'Cap of reconnect back-off.'),
  enableReconnectForGoAway: boolKey(true, 'Reconnect on code GO_AWAY.'),
} as const;
