/** Settings of a name server, under Apache's names. Source: NamesrvConfig.java, NettyServerConfig.java. */
export interface NameServerSettings {
  readonly listenPort: number;
  readonly bindAddress: string;
  readonly kvConfigPath: string;
  /** Whether routes carry the KV entry of namespace ORDER_TOPIC_CONFIG. */
  readonly orderMessageEnable: boolean;
  readonly returnOrderTopicConfigToBroker: boolean;
  readonly scanNotActiveBrokerInterval: number;
  readonly supportActingMaster: boolean;
  readonly enableAllTopicList: boolean;
  readonly enableTopicList: boolean;
  readonly notifyMinBrokerIdChanged: boolean;
  readonly needWaitForService: boolean;
  readonly waitSecondsForService: number;
  readonly deleteTopicWithBrokerRegistration: boolean;
  readonly serverChannelMaxIdleTimeSeconds: number;
}

/** The configuration while the name server runs. */
export interface NameServerConfig {
  /** Values as they are now. */
  readonly settings: NameServerSettings;
  /** All settings, one `key=value` a line. */
  propertiesText(): string;
  /**
   * Takes over settings from properties text and keeps them.
   *
   * @throws {RocketMqError} CONFIG_PROTECTED for a key on the black list, CONFIG_INVALID for text or values
   *   that are no settings
   */
  update(propertiesText: string): Promise<void>;
}

/** Apache's defaults. */
export const DEFAULT_NAME_SERVER_SETTINGS: Omit<NameServerSettings, 'kvConfigPath'> = {
  listenPort: 9876,
  bindAddress: '0.0.0.0',
  orderMessageEnable: false,
  returnOrderTopicConfigToBroker: true,
  scanNotActiveBrokerInterval: 5000,
  supportActingMaster: false,
  enableAllTopicList: true,
  enableTopicList: true,
  notifyMinBrokerIdChanged: false,
  needWaitForService: false,
  waitSecondsForService: 45,
  deleteTopicWithBrokerRegistration: false,
  serverChannelMaxIdleTimeSeconds: 120,
};
