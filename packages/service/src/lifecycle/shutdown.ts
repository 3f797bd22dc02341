import { processEnvironment } from '../config/environment.ts';
import { notedProcesses } from './process-file.ts';

/** Services that mqshutdown stops, by its argument, and the names it prints. */
const SERVICES: Readonly<Record<string, string>> = {
  broker: 'mqbroker',
  namesrv: 'mqnamesrv',
  console: 'mqconsole',
  proxy: 'mqproxy',
};

export interface ShutdownOptions {
  readonly homeDirectory?: string;
  readonly write?: (text: string) => void;
  readonly kill?: (pid: number) => void;
}

/**
 * The mqshutdown command: asks every process of a service to end, and does not wait for it.
 *
 * @returns the exit code: 255 when none runs, as 4.9's script
 */
export async function runShutdown(
  args: readonly string[],
  options: ShutdownOptions = {},
): Promise<number> {
  const write = options.write ?? ((text) => void process.stdout.write(text));
  const kill = options.kill ?? ((pid) => void process.kill(pid, 'SIGTERM'));
  const service = args[0] ?? '';
  const name = SERVICES[service];
  if (name === undefined) {
    write(`Useage: mqshutdown ${Object.keys(SERVICES).join(' | ')}\n`);
    return 0;
  }
  const pids = await notedProcesses(
    options.homeDirectory ?? processEnvironment().homeDirectory,
    service,
  );
  if (pids.length === 0) {
    write(`No ${name} running.\n`);
    return 255;
  }
  write(`The ${name}(${pids.join(' ')}) is running...\n`);
  for (const pid of pids) kill(pid);
  write(`Send shutdown request to ${name}(${pids.join(' ')}) OK\n`);
  return 0;
}
