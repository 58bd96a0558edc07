// The machine this program runs on, as the model sees it, and in a paragraph for the head of a report.
import { ConfigError } from '@forkless/errors';
import { describeMachine, type Machine, readSysfs } from '@forkless/topology';
import { readHostFiles } from '@forkless/topology/node';

/** Reads this machine. A ConfigError where it is no Linux or hides its /sys. */
export function readHostMachine(): Machine {
  if (process.platform !== 'linux') {
    throw new ConfigError(`this machine runs ${process.platform}; expected linux for "host"`);
  }
  return readSysfs(readHostFiles());
}

/** One sentence on this machine, or why there is none. Never throws for want of a /sys. */
export function describeHost(): string {
  try {
    return describeMachine(readHostMachine());
  } catch (error) {
    if (error instanceof ConfigError) return `unknown: ${error.message}`;
    throw error;
  }
}
