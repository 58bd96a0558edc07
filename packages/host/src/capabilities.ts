// What is real where we run: asked by whoever wants to know whether spawning is the fast one.
import { load } from './native.ts';

/** What `start` and `spawn` do on this machine. */
export interface Capabilities {
  /** `clone3`: children are made without fork, off the event loop. */
  readonly mechanism: 'clone3' | 'child_process';
  /** Why it is not `clone3`. */
  readonly reason?: string;
  /**
   * `own`: the threads that make children have tables of their own, and the cost does not grow with open
   * files. `copied`: the kernel or a filter forbids pidfd_getfd, and each child copies the whole table.
   * `inherited`: whatever `node:child_process` does.
   */
  readonly descriptors: 'own' | 'copied' | 'inherited';
  /** Why descriptors are copied: the errno of pidfd_getfd. */
  readonly descriptorsErrno?: string;
}

/** Probes once, then answers at once. */
export function capabilities(): Capabilities {
  const loaded = load();
  if (loaded.native === undefined) {
    return { mechanism: 'child_process', reason: loaded.reason, descriptors: 'inherited' };
  }
  return {
    mechanism: 'clone3',
    descriptors: loaded.ownTable ? 'own' : 'copied',
    ...(loaded.getfdErrno === undefined ? {} : { descriptorsErrno: loaded.getfdErrno }),
  };
}
