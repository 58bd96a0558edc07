// The workload that races allocators: a CPU creates a thread, lets it end, and begins again, as
// pthread_create and pthread_join in a loop do.
// MODEL: creator and thread share one virtual CPU, so a pid is freed where it was allocated; the other
// locks that clone and exit take are part of the time the CPU is away.

import { done, path, wait, type Path } from '@forkless/sim';
import type { PidCall } from './pid-call.ts';
import type { PidNamespaces } from './pid-namespaces.ts';

/** One turn of the loop in a namespace at `level`; counts a pair of creation and end as done. */
export function threadChurnPath(pids: PidNamespaces, level = 0): Path<PidCall> {
  return path(
    'thread churn',
    wait('clone, less its pid', 'thread.create', 'uniform'),
    pids.allocPath(level),
    wait('run and exit, less its pid', 'thread.exit', 'uniform'),
    pids.freePath(level),
    done('pair'),
  );
}
