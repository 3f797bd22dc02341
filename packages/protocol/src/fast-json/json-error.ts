import { RocketMqError } from '@orbitmq/kernel';

/** Characters of the input that an error shows, from where it stopped. */
const SHOWN_CHARACTERS = 24;

/** The one error of the parser: code JSON_MALFORMED, with where in the text and what stands there. */
export function jsonMalformed(reason: string, text: string, position: number): RocketMqError {
  const found =
    position >= text.length
      ? 'the end of the text'
      : JSON.stringify(text.slice(position, position + SHOWN_CHARACTERS));
  return new RocketMqError(`malformed JSON at ${position}: ${reason}, found ${found}`, {
    code: 'JSON_MALFORMED',
    details: { position },
  });
}
