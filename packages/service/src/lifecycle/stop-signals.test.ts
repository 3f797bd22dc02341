import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { listenForStop } from './stop-signals.ts';

function startListening({ hasTerminal = true } = {}) {
  const told: string[] = [];
  const signals = new EventEmitter();
  signals.on('SIGINT', () => told.push('earlier listener'));
  const clock = { nowMs: 5_000 };
  listenForStop(
    { onStop: (signal) => told.push(`stop ${signal}`), onInsist: () => told.push('insist') },
    {
      signals,
      hasTerminal,
      nowMs: () => clock.nowMs,
      vanish: () => told.push('vanish'),
    },
  );
  return { told, signals, clock };
}

describe('signals to stop', () => {
  it('takes the second signal of one press, which npm passes on, for the same press', () => {
    const { told, signals, clock } = startListening();
    signals.emit('SIGINT', 'SIGINT');
    clock.nowMs += 40;
    signals.emit('SIGINT', 'SIGINT');
    expect(told).toEqual(['stop SIGINT']);
  });

  it('takes a later signal, of whatever kind, for a person who insists', () => {
    const { told, signals, clock } = startListening();
    signals.emit('SIGTERM', 'SIGTERM');
    clock.nowMs += 1_000;
    signals.emit('SIGINT', 'SIGINT');
    expect(told).toEqual(['stop SIGTERM', 'insist']);
  });

  it('stops when its terminal is closed', () => {
    const { told, signals } = startListening();
    signals.emit('SIGHUP', 'SIGHUP');
    expect(told).toEqual(['stop SIGHUP']);
  });

  it('vanishes at its end when its terminal was closed, and only then', () => {
    const closed = startListening();
    closed.signals.emit('SIGHUP', 'SIGHUP');
    closed.signals.emit('exit', 0);
    expect(closed.told).toEqual(['stop SIGHUP', 'vanish']);
    const interrupted = startListening();
    interrupted.signals.emit('SIGINT', 'SIGINT');
    interrupted.signals.emit('exit', 0);
    expect(interrupted.told).toEqual(['stop SIGINT']);
  });

  it('stays when a terminal is closed that it is not on, as with nohup', () => {
    const { told, signals } = startListening({ hasTerminal: false });
    expect(signals.emit('SIGHUP', 'SIGHUP')).toBe(true);
    expect(told).toEqual([]);
  });

  it('takes the place of who listened before', () => {
    const { told, signals } = startListening();
    signals.emit('SIGINT', 'SIGINT');
    expect(told).toEqual(['stop SIGINT']);
  });
});
