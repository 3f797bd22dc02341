import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Judge } from '../judges/judge.ts';

/** A message that a Java member got. */
export interface Consumed {
  readonly atMs: number;
  readonly queueId: number;
  readonly queueOffset: number;
}

interface State {
  clientId: string | undefined;
  queues: readonly number[];
  hasLeft: boolean;
  readonly consumed: Consumed[];
}

interface Line {
  readonly group: string;
  readonly clientId?: string;
  readonly queues?: readonly number[];
  readonly left?: boolean;
  readonly atMs?: number;
  readonly queueId?: number;
  readonly queueOffset?: number;
}

/** `judge.Members`: members of groups in a process of the official client. */
export class JavaMembers {
  readonly #child;
  readonly #states = new Map<string, State>();

  constructor(judge: Judge, home: string, namesrv: string) {
    const command = judge.command(home).map((part) => part.replace('judge.Judge', 'judge.Members'));
    const [program = '', ...parameters] = command;
    this.#child = spawn(program, [...parameters, namesrv], {
      cwd: home,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (line.startsWith('{')) this.#onLine(JSON.parse(line) as Line);
    });
  }

  join(group: string, topic: string, strategy: string, isOrderly: boolean): void {
    this.#states.set(group, { clientId: undefined, queues: [], hasLeft: false, consumed: [] });
    this.#say(`join ${group} ${topic} ${strategy} ${isOrderly ? 'orderly' : 'concurrently'}`);
  }

  leave(group: string): void {
    this.#say(`leave ${group}`);
  }

  /** What the member of a group holds and got. */
  state(group: string): Readonly<State> {
    const state = this.#states.get(group);
    if (state === undefined) throw new Error(`no Java member joined ${group}`);
    return state;
  }

  /** Ends the process and waits for it. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }

  #say(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  #onLine({ group, clientId, queues, left, atMs, queueId, queueOffset }: Line): void {
    const state = this.#states.get(group);
    if (state === undefined) return;
    if (left === true) {
      state.hasLeft = true;
      state.queues = [];
    } else if (queues !== undefined && !state.hasLeft) {
      state.clientId = clientId;
      state.queues = queues;
    } else if (atMs !== undefined && queueId !== undefined && queueOffset !== undefined) {
      state.consumed.push({ atMs, queueId, queueOffset });
    }
  }
}
