import { errorCode, toError } from '@orbitmq/kernel';
import { type Embedded, startEmbedded } from './embedded.ts';
import { parseOptions, USAGE } from './embedded-options.ts';

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
