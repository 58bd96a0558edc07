// Whether Redis answers. Its clients wait for it as long as it takes, so somebody has to say that they do, and a
// program that is told to stop must not wait with them.
import type { EventEmitter } from 'node:events';

/** What one client of Redis has seen of it. */
export class RedisPresence {
  /** Until it has answered it counts as away. */
  isAway = true;
  #isTold = false;

  /** `onAway` is given one sentence each time Redis goes away, or is not there to begin with. */
  constructor(client: Pick<EventEmitter, 'on'>, url: string, onAway: (sentence: string) => void) {
    client.on('ready', () => {
      this.isAway = false;
      this.#isTold = false;
    });
    // Without a listener an error would end the process.
    client.on('error', (error: NodeJS.ErrnoException) => {
      this.isAway = true;
      if (this.#isTold) return;
      this.#isTold = true;
      onAway(`Redis at ${url} does not answer (${error.code ?? error.message}); waiting for it.`);
    });
  }
}
