/** The broker about itself: configuration and what it is doing. Source: AdminBrokerProcessor.java. */
import { errorCode, toError } from '@orbitmq/kernel';
import {
  getBrokerConfig,
  getBrokerRuntimeInfo,
  printDataVersion,
  printKVTable,
  ResponseCode,
  updateBrokerConfig,
} from '@orbitmq/protocol';
import { type Handler, type RemotingServer, ResponseError, reply } from '@orbitmq/remoting';

/** The configuration as tools see and change it. */
export interface ConfigAccess {
  /** `key=value` lines of all keys. */
  propertiesText(): string;
  /** Takes over `key=value` lines. Rejects with CONFIG_PROTECTED or CONFIG_INVALID, changing nothing. */
  update(propertiesText: string): Promise<void>;
}

export interface BrokerHandlerOptions {
  readonly config: ConfigAccess;
  /** When the configuration last changed, milliseconds since the epoch, and how often. */
  readonly configVersion: () => { readonly counter: number; readonly timestamp: number };
  readonly runtimeInfo: () => Promise<Map<string, string>>;
  /** Called after each change of the configuration. */
  readonly onUpdated: () => void;
}

export function registerBrokerHandlers(
  server: RemotingServer,
  options: BrokerHandlerOptions,
): void {
  server.register(getBrokerConfig, handleGetConfig(options));
  server.register(updateBrokerConfig, handleUpdateConfig(options));
  server.register(getBrokerRuntimeInfo, handleRuntimeInfo(options));
}

function handleGetConfig(options: BrokerHandlerOptions): Handler<typeof getBrokerConfig> {
  return () =>
    reply({
      fields: { version: printDataVersion(options.configVersion()).toString() },
      body: Buffer.from(options.config.propertiesText()),
    });
}

function handleUpdateConfig({
  config,
  onUpdated,
}: BrokerHandlerOptions): Handler<typeof updateBrokerConfig> {
  return async (_request, { command }) => {
    if (command.body === undefined) return;
    try {
      await config.update(command.body.toString('utf8'));
    } catch (error) {
      const isProtected = errorCode(error) === 'CONFIG_PROTECTED';
      throw new ResponseError(
        isProtected ? ResponseCode.NO_PERMISSION : ResponseCode.SYSTEM_ERROR,
        isProtected ? 'Can not update config in black list.' : toError(error).message,
        error,
      );
    } finally {
      // Also one that is in force and could not be kept.
      onUpdated();
    }
  };
}

function handleRuntimeInfo(options: BrokerHandlerOptions): Handler<typeof getBrokerRuntimeInfo> {
  return async () => reply({ body: printKVTable({ table: await options.runtimeInfo() }) });
}
