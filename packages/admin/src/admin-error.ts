import { RocketMqError } from '@orbitmq/kernel';

/** Codes of errors that the client's side finds, as Apache's client numbers them. */
export const ClientCode = {
  /** ResponseCode.TOPIC_NOT_EXIST: no name server has a route. */
  routeMissing: 17,
  /** ClientErrorCode.NO_MESSAGE: a query found nothing. */
  noMessage: 208,
  /** ResponseCode.SYSTEM_ERROR. */
  other: 1,
} as const;

/** A server refused a request, or an answer shows that the operation cannot be done. */
export class AdminError extends RocketMqError {
  override readonly name = 'AdminError';
  /** The answer's code, or one of {@link ClientCode}. */
  readonly responseCode: number;
  /** The answer's remark, or what is wrong. */
  readonly description: string;
  /** Who answered; undefined when nobody was asked. */
  readonly address: string | undefined;

  constructor(responseCode: number, description: string, address?: string) {
    super(description === '' ? `code ${responseCode}` : description, {
      code: address === undefined ? 'ADMIN_IMPOSSIBLE' : 'ADMIN_REFUSED',
      details: { responseCode, address },
    });
    this.responseCode = responseCode;
    this.description = description;
    this.address = address;
  }
}

/** Whether an error is an answer, or a finding, of this code. */
export function hasResponseCode(error: unknown, responseCode: number): boolean {
  return error instanceof AdminError && error.responseCode === responseCode;
}
