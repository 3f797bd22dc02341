import { EventEmitter } from 'node:events';
import { expect, it } from '@jest/globals';
import { endWithReader, outliveReaders } from './printed.ts';

it('a service outlives those who read what it prints', () => {
  const stream = new EventEmitter();
  expect(() => stream.emit('error', new Error('EPIPE'))).toThrow('EPIPE');
  outliveReaders([stream]);
  expect(stream.emit('error', new Error('EPIPE'))).toBe(true);
});

it('a command ends as one of a pipe does when its reader has seen enough', () => {
  const stream = new EventEmitter();
  const ends: number[] = [];
  endWithReader(stream, (exitCode) => ends.push(exitCode));
  stream.emit('error', new Error('EPIPE'));
  expect(ends).toEqual([0]);
});
