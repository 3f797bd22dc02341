import type { RocketMqError } from '@orbitmq/kernel';
import {
  type AnyCommandDefinition,
  decodeFields,
  type FrameView,
  type RemotingCommand,
  type ResponseOf,
  toCommand,
} from '@orbitmq/protocol';
import type { ReplyReceiver } from './pending-requests.ts';

/** A peer's answer to a request. Any code is an answer: what it means is for the caller to judge. */
export class Reply<D = AnyCommandDefinition> {
  readonly #definition: D;
  readonly command: RemotingCommand;

  constructor(definition: D, command: RemotingCommand) {
    this.#definition = definition;
    this.command = command;
  }

  get code(): number {
    return this.command.code;
  }

  get remark(): string | undefined {
    return this.command.remark;
  }

  get body(): Buffer | undefined {
    return this.command.body;
  }

  /** Header fields as they came. */
  get extFields(): Readonly<Record<string, string>> {
    return this.command.extFields ?? {};
  }

  /**
   * Header fields by the request's definition; ask only when the code is one that carries them.
   *
   * @throws {RocketMqError} HEADER_FIELD_INVALID when one is missing or malformed
   */
  get fields(): ResponseOf<D> {
    const { response } = this.#definition as AnyCommandDefinition;
    return decodeFields(response, this.command.extFields) as ResponseOf<D>;
  }
}

/** Settles a promise with the answer. */
export class PromisedReply<D> implements ReplyReceiver {
  readonly #definition: D;
  readonly #resolve: (reply: Reply<D>) => void;
  readonly #reject: (error: RocketMqError) => void;

  constructor(
    definition: D,
    resolve: (reply: Reply<D>) => void,
    reject: (error: RocketMqError) => void,
  ) {
    this.#definition = definition;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onReply(frame: FrameView): void {
    this.#resolve(new Reply(this.#definition, toCommand(frame)));
  }

  onFailure(error: RocketMqError): void {
    this.#reject(error);
  }
}
