// Signals by number and by name, as Node takes and shows them.
import { constants } from 'node:os';
import { format } from 'node:util';

/** `SIGTERM` or `sigterm` or 15 → 15. Throws Node's error for what is no signal. */
export function signalNumber(signal: NodeJS.Signals | number): number {
  const number = knownSignal(signal);
  if (number !== undefined) return number;
  const error = new TypeError(format('Unknown signal: %s', signal));
  throw Object.assign(error, { code: 'ERR_UNKNOWN_SIGNAL' });
}

/** The same, undefined for what is no signal. */
export function knownSignal(signal: unknown): number | undefined {
  if (typeof signal === 'number') {
    return Object.values(constants.signals).includes(signal) ? signal : undefined;
  }
  return typeof signal === 'string'
    ? constants.signals[signal.toUpperCase() as NodeJS.Signals]
    : undefined;
}

/** `9` → `SIGKILL`; real-time ones have a number only. */
export function signalName(signal: number): NodeJS.Signals {
  for (const [name, number] of Object.entries(constants.signals)) {
    if (number === signal) return name as NodeJS.Signals;
  }
  return `SIG${signal}` as NodeJS.Signals;
}
