// The namespaces of a task that are not the user's: pointers to shared objects, copied as a whole when
// one of them is new.

import type { PidNamespace } from '@forkless/pid';
import type { UserNamespace } from '../cred/cred.ts';

/** A namespace whose content does not matter to making a process. */
export interface PlainNamespace {
  readonly kind: 'mnt' | 'uts' | 'ipc' | 'net' | 'cgroup' | 'time';
  readonly owner: UserNamespace;
}

/**
 * The namespaces of a task. `pidForChildren` and `timeForChildren` are what the next child gets.
 * @see include/linux/nsproxy.h, struct nsproxy
 */
export interface NsProxy {
  readonly mnt: PlainNamespace;
  readonly uts: PlainNamespace;
  readonly ipc: PlainNamespace;
  readonly net: PlainNamespace;
  readonly cgroup: PlainNamespace;
  readonly time: PlainNamespace;
  readonly timeForChildren: PlainNamespace;
  readonly pidForChildren: PidNamespace;
}
