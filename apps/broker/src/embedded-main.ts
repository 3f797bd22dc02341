import { parseArgs } from 'node:util';
import { errorCode, toError } from '@orbitmq/kernel';
import { type Embedded, type EmbeddedOptions, startEmbedded } from './embedded.ts';

const USAGE = `usage: npm start -- [--data DIR] [--host ADDRESS] [--namesrv-port PORT] [--broker-port PORT]

Runs a name server and a broker in one process.

  --data DIR           where everything is kept (default ./data)
  --host ADDRESS       address that clients are told to connect to (default 127.0.0.1)
  --namesrv-port PORT  (default 9876)
  --broker-port PORT   (default 10911)
`;

function parseOptions(args: readonly string[]): EmbeddedOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string', default: './data' },
      host: { type: 'string', default: '127.0.0.1' },
      'namesrv-port': { type: 'string', default: '9876' },
      'broker-port': { type: 'string', default: '10911' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    dataDirectory: values.data,
    host: hostOf(values.host),
    nameServerPort: portOf('--namesrv-port', values['namesrv-port']),
    brokerPort: portOf('--broker-port', values['broker-port']),
  };
}

function portOf(flag: string, text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`${flag} is ${JSON.stringify(text)}, expected a port from 1 to 65535`);
}

/** The broker is found by number: a name may mean something else to each client. */
function hostOf(text: string): string {
  const isAddress = /^[0-9.]+$|^[0-9a-f:.]+$/i.test(text) && /[.:]/.test(text);
  if (isAddress) return text;
  throw new Error(`--host is ${JSON.stringify(text)}, expected an IP address`);
}

function greeting(embedded: Embedded): string {
  const { nameServerAddress, brokerAddress, dataDirectory, proofMs } = embedded;
  return `
OrbitMQ is ready: a message was sent and received in ${proofMs.toFixed(0)} ms.

  name server  ${nameServerAddress}
  broker       ${brokerAddress}
  data, logs   ${dataDirectory}

Try, in another terminal:

  npx mqadmin clusterList -n ${nameServerAddress}
  npx mqadmin updateTopic -n ${nameServerAddress} -c DefaultCluster -t Orders
  npx mqadmin sendMessage -n ${nameServerAddress} -t Orders -p "hello"

Ctrl-C stops it.
`;
}

function stopOnSignal(embedded: Embedded): void {
  const stop = (): void => {
    process.stdout.write('\nstopping\n');
    embedded.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`orbitmq: ${toError(error).message}\n`);
        process.exit(1);
      },
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(USAGE);
  } else {
    const embedded = await startEmbedded(options);
    stopOnSignal(embedded);
    process.stdout.write(greeting(embedded));
  }
} catch (error) {
  const isUsage = String(errorCode(error)).startsWith('ERR_PARSE_ARGS');
  const hint = isUsage ? "; 'npm start -- --help' lists the flags" : '';
  process.stderr.write(`orbitmq: ${toError(error).message}${hint}\n`);
  process.exit(1);
}
