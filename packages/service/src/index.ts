export { type ConfigFiles, diskConfigFiles } from './config/config-files.ts';
export { processEnvironment } from './config/environment.ts';
export {
  boolKey,
  type ConfigEnvironment,
  type ConfigKey,
  type ConfigValue,
  choiceKey,
  doubleKey,
  intKey,
  type KeyEffect,
  longKey,
  optionalTextKey,
  textKey,
} from './config/key.ts';
export {
  type ConfigChange,
  type ConfigListener,
  LiveConfig,
  type LoadOptions,
  loadConfig,
  type UnknownKey,
  warnOfUnknownKeys,
} from './config/live-config.ts';
export { type PrintSelection, printConfig } from './config/print.ts';
export { type Property, parseProperties, printProperties } from './config/properties.ts';
export {
  type ConfigSection,
  type ConfigTable,
  type ConfigValues,
  defineConfig,
  keysOf,
  shownDefault,
} from './config/table.ts';
export { type BrokerConfig, brokerConfig } from './config/tables/broker.ts';
export { type NamesrvConfig, namesrvConfig } from './config/tables/namesrv.ts';
export type { HealthSource } from './lifecycle/http-endpoint.ts';
export {
  type RunningService,
  runService,
  runServiceProcess,
  type ServiceContext,
  type ServiceDefinition,
  type ServiceHost,
  StartError,
} from './lifecycle/run-service.ts';
export { runShutdown } from './lifecycle/shutdown.ts';
export { listenForStop, type StopListener } from './lifecycle/stop-signals.ts';
export {
  badUsage,
  numberFlag,
  runTool,
  runToolProcess,
  type Tool,
  type ToolHost,
  wholeNumberFlag,
} from './lifecycle/tool.ts';
export { LOG_FILES, type LogFileName } from './logging/log-files.ts';
export {
  type ConsoleForm,
  createLogger,
  type LogLevel,
  Logs,
  type LogsOptions,
  logDirectory,
} from './logging/logs.ts';
