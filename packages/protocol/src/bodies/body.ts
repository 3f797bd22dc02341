import { RocketMqError } from '@orbitmq/kernel';
import {
  type JsonValue,
  type PrintOptions,
  parseFastJson,
  printFastJson,
} from '../fast-json/index.ts';
import { type Shape, ShapeMismatch } from './shape.ts';

/** A JSON body: how it is read and how it is printed. */
export interface Body<T> {
  /**
   * @throws {RocketMqError} BODY_MALFORMED when the body is absent, no JSON, or does not fit; the message
   *   says what and where
   */
  readonly parse: (body: Buffer | undefined) => T;
  /** Prints in Java's spelling and key order. */
  readonly print: (value: T, options?: PrintOptions) => Buffer;
}

/** The reader and the printer of a body called `name` in errors. */
export function bodyOf<T>(name: string, shape: Shape<T>): Body<T> {
  return {
    parse: (body) => parseBody(name, shape, body),
    print: (value, options) => Buffer.from(printFastJson(shape.write(value), options)),
  };
}

function parseBody<T>(name: string, shape: Shape<T>, body: Buffer | undefined): T {
  if (body === undefined || body.length === 0) throw bodyMalformed(name, 'it is absent');
  try {
    return readShape(name, shape, parseFastJson(body));
  } catch (error) {
    if (error instanceof RocketMqError && error.code === 'JSON_MALFORMED') {
      throw bodyMalformed(name, error.message, error);
    }
    throw error;
  }
}

/** Reads a JSON value of that shape. @throws {RocketMqError} BODY_MALFORMED */
export function readShape<T>(name: string, shape: Shape<T>, value: JsonValue): T {
  try {
    return shape.read(value);
  } catch (error) {
    if (!(error instanceof ShapeMismatch)) throw error;
    const where = error.path.join('.').replaceAll('.[', '[');
    throw bodyMalformed(name, `${error.message} at ${where === '' ? 'its top' : where}`, error);
  }
}

/** The one error of body readers. */
export function bodyMalformed(name: string, reason: string, cause?: unknown): RocketMqError {
  return new RocketMqError(`malformed ${name}: ${reason}`, {
    code: 'BODY_MALFORMED',
    details: { body: name },
    cause,
  });
}
