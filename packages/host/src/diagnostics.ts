// The diagnostics channels of child_process, on which tools that observe a program hear of its children.
import { channel, tracingChannel } from 'node:diagnostics_channel';

const made = channel('child_process');
const traced = tracingChannel('child_process.spawn');

/** Before it starts, as Node publishes it. */
export function publishMade(child: object, optionsOf: () => object): void {
  if (made.hasSubscribers) made.publish({ process: child });
  if (traced.start.hasSubscribers) traced.start.publish({ process: child, options: optionsOf() });
}

/** It has executed. */
export function publishStarted(child: object): void {
  if (traced.end.hasSubscribers) traced.end.publish({ process: child });
}

/** It could not be made. */
export function publishFailed(child: object, error: Error): void {
  if (traced.error.hasSubscribers) traced.error.publish({ process: child, error });
}
