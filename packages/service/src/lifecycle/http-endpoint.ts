import type { Registry } from 'prom-client';

export interface HealthSource {
  /** Whether requests are served; reasons go into the answer. */
  isReady(): boolean;
  /** Adds the service's own metrics; called once, when the endpoint opens. */
  registerMetrics?(registry: Registry): void;
}

export interface HttpEndpointOptions {
  readonly host: string;
  readonly port: number;
}

export interface HttpEndpoint {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * `/healthz` (the process runs), `/readyz` (it serves; 503 before and while it stops) and `/metrics` in
 * Prometheus's text form. fastify and prom-client are loaded here only: services without it do not pay for them.
 *
 * @throws EADDRINUSE ...
 */
export async function openHttpEndpoint(
  options: HttpEndpointOptions,
  source: HealthSource,
): Promise<HttpEndpoint> {
  const [{ fastify }, { Registry, collectDefaultMetrics }] = await Promise.all([
    import('fastify'),
    import('prom-client'),
  ]);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  source.registerMetrics?.(registry);
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.get('/healthz', () => ({ status: 'ok' }));
  server.get('/readyz', (_request, reply) => {
    const isReady = source.isReady();
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready' });
  });
  server.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  await server.listen(options);
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () => server.close(),
  };
}
