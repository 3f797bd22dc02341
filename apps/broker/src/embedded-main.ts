import { errorCode, outliveReaders, toError } from '@orbitmq/kernel';
import { listenForStop } from '@orbitmq/service';
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

/** Stops on a signal; what still starts is stopped when it has started. A second press ends the process at once. */
function stopOnSignal(starting: Promise<Embedded>): void {
  const stop = async (): Promise<void> => {
    process.stdout.write('\nstopping\n');
    const embedded = await starting;
    await embedded.close();
    process.stdout.write('stopped: everything that was acknowledged is in the data directory\n');
    process.exit(0);
  };
  listenForStop({
    onStop: () => {
      stop().catch((error: unknown) => endWith(toError(error).message));
    },
    onInsist: () => endWith('ended at once; the next start checks what was written last'),
  });
}

function endWith(reason: string): never {
  process.stderr.write(`orbitmq: ${reason}\n`);
  process.exit(1);
}

outliveReaders();
try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(USAGE);
  } else {
    const starting = startEmbedded(options);
    stopOnSignal(starting);
    process.stdout.write(greeting(await starting));
  }
} catch (error) {
  const isUsage = String(errorCode(error)).startsWith('ERR_PARSE_ARGS');
  const hint = isUsage ? "; 'npm start -- --help' lists the flags" : '';
  endWith(`${toError(error).message}${hint}`);
}
