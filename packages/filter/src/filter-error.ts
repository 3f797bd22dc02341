import { RocketMqError } from '@orbitmq/kernel';

/** Characters of an expression that an error shows, from where it stopped. */
const SHOWN_CHARACTERS = 24;

/** An expression that does not parse: code FILTER_MALFORMED, with where and why. */
export function filterMalformed(
  reason: string,
  expression: string,
  position: number,
): RocketMqError {
  const found =
    position >= expression.length
      ? 'the end'
      : JSON.stringify(expression.slice(position, position + SHOWN_CHARACTERS));
  return new RocketMqError(`filter expression, position ${position}: ${reason}, found ${found}`, {
    code: 'FILTER_MALFORMED',
    details: { position },
  });
}
