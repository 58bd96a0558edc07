// Changing how a task is scheduled: its policy, its nice value, the CPUs it may run on.

import { refuse, type Refusal } from '@forkless/errors';
import { CAP_SYS_NICE } from '../cred/capability.ts';
import { capable } from '../cred/cred.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isRealtime, SCHED, SCHED_RESET_ON_FORK } from '../task/sched-fields.ts';
import type { Task } from '../task/task.ts';
import { RLIMITS } from '../uapi/resources.ts';

const PRIORITY_MAX = 99;
const NICE_MIN = -20;
const NICE_MAX = 19;
const POLICIES: readonly number[] = Object.values(SCHED);

/** Whether `task` may have that nice value. @see kernel/sched/syscalls.c, can_nice() */
function mayHaveNice(task: Task, nice: number): boolean {
  const { cur } = task.group.rlimits[RLIMITS.RLIMIT_NICE]!;
  return 20 - nice <= cur || capable(task.cred, CAP_SYS_NICE);
}

/**
 * sched_setscheduler(2) on oneself; `policy` may have SCHED_RESET_ON_FORK in it. EINVAL for a policy or
 * a priority that is none, EPERM for a real-time one beyond RLIMIT_RTPRIO without CAP_SYS_NICE.
 * MODEL: no deadline policy and no BPF schedulers.
 * @see kernel/sched/syscalls.c, __sched_setscheduler(), user_check_sched_setscheduler(), v6.12
 */
export function setScheduler(
  task: Task,
  policy: number,
  priority: number,
): Refusal<'EINVAL' | 'EPERM'> | undefined {
  const resetOnFork = (policy & SCHED_RESET_ON_FORK) !== 0;
  const wanted = policy & ~SCHED_RESET_ON_FORK;
  if (policy < 0 || !POLICIES.includes(wanted)) return refuse('EINVAL', `${policy} is no policy`);
  if (priority < 0 || priority > PRIORITY_MAX || isRealtime(wanted) !== priority > 0) {
    return refuse('EINVAL', `${priority} is no priority of that policy`);
  }
  if (!capable(task.cred, CAP_SYS_NICE)) {
    const refusal = refuseUser(task, wanted, priority, resetOnFork);
    if (refusal !== undefined) return refusal;
  }
  task.sched = { ...task.sched, policy: wanted, priority, resetOnFork };
  return undefined;
}

function refuseUser(
  task: Task,
  policy: number,
  priority: number,
  resetOnFork: boolean,
): Refusal<'EPERM'> | undefined {
  const { sched, group } = task;
  if (isRealtime(policy)) {
    const { cur } = group.rlimits[RLIMITS.RLIMIT_RTPRIO]!;
    const isChange = policy !== sched.policy;
    if ((isChange && cur === 0) || (priority > sched.priority && priority > cur)) {
      return refuse('EPERM', 'a real-time priority beyond RLIMIT_RTPRIO');
    }
  }
  const leavesIdle = sched.policy === SCHED.SCHED_IDLE && policy !== SCHED.SCHED_IDLE;
  if (leavesIdle && !mayHaveNice(task, sched.nice)) {
    return refuse('EPERM', 'leaving SCHED_IDLE is as good as a better nice value');
  }
  if (sched.resetOnFork && !resetOnFork) return refuse('EPERM', 'the reset on fork stays');
  return undefined;
}

/** sched_setparam(2): another priority under the same policy. */
export function setSchedParam(
  task: Task,
  priority: number,
): Refusal<'EINVAL' | 'EPERM'> | undefined {
  const { policy, resetOnFork } = task.sched;
  return setScheduler(task, policy | (resetOnFork ? SCHED_RESET_ON_FORK : 0), priority);
}

/** setpriority(2) on oneself: EACCES for a better value than RLIMIT_NICE allows. */
export function setNice(task: Task, value: number): Refusal<'EACCES'> | undefined {
  const nice = Math.max(NICE_MIN, Math.min(NICE_MAX, value));
  if (nice < task.sched.nice && !mayHaveNice(task, nice)) {
    return refuse('EACCES', 'a better nice value needs CAP_SYS_NICE');
  }
  task.sched = { ...task.sched, nice };
  return undefined;
}

/** sched_setaffinity(2) on oneself: EINVAL when no CPU is left. */
export function setAffinity(
  kernel: Kernel,
  task: Task,
  mask: bigint,
): Refusal<'EINVAL'> | undefined {
  const affinity = mask & ((1n << BigInt(kernel.possibleCpuCount)) - 1n);
  if (affinity === 0n) return refuse('EINVAL', 'no CPU that is there');
  task.sched = { ...task.sched, affinity, hasUserCpus: true };
  return undefined;
}
