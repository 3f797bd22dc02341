import { parseArgs } from 'node:util';
import { RocketMqError, toError } from '@orbitmq/kernel';

/** Flags of mqnamesrv and mqbroker. Source: ServerUtil, NamesrvStartup, BrokerStartup. */
export interface ServiceFlags {
  readonly configFile?: string | undefined;
  readonly namesrvAddr?: string | undefined;
  readonly printConfigItem: boolean;
  readonly printImportantConfig: boolean;
  readonly help: boolean;
}

interface FlagHelp {
  readonly short: string;
  readonly long: string;
  readonly hasValue: boolean;
  readonly text: string;
}

const HELP_COLUMN = 30;

/** @throws {RocketMqError} FLAGS_INVALID with a sentence for the user */
export function parseFlags(args: readonly string[]): ServiceFlags {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        configFile: { type: 'string', short: 'c' },
        namesrvAddr: { type: 'string', short: 'n' },
        printConfigItem: { type: 'boolean', short: 'p', default: false },
        printImportantConfig: { type: 'boolean', short: 'm', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new RocketMqError(toError(error).message, { code: 'FLAGS_INVALID', cause: error });
  }
}

/** The usage text, in the form of commons-cli. */
export function usageText(command: string, component: string): string {
  const flags: readonly FlagHelp[] = [
    { short: 'c', long: 'configFile', hasValue: true, text: `${component} config properties file` },
    { short: 'h', long: 'help', hasValue: false, text: 'Print help' },
    {
      short: 'm',
      long: 'printImportantConfig',
      hasValue: false,
      text: 'Print important config item',
    },
    {
      short: 'n',
      long: 'namesrvAddr',
      hasValue: true,
      text: "Name server address list, eg: '192.168.0.1:9876;192.168.0.2:9876'",
    },
    { short: 'p', long: 'printConfigItem', hasValue: false, text: 'Print all config items' },
  ];
  const brief = flags.map(({ short, hasValue }) => `[-${short}${hasValue ? ' <arg>' : ''}]`);
  const lines = flags.map(({ short, long, hasValue, text }) =>
    ` -${short},--${long}${hasValue ? ' <arg>' : ''}`.padEnd(HELP_COLUMN).concat(text),
  );
  return `usage: ${command} ${brief.join(' ')}\n${lines.join('\n')}\n`;
}
