export { Cgroup } from './cgroup/cgroup.ts';
export type { Cgroups } from './cgroup/cgroup.ts';
export { clone, clone3, fork, kernelClone, vfork } from './clone/clone.ts';
export { forkArgs, hasFlag, hasFlag3, legacyArgs, vforkArgs } from './clone/clone-args.ts';
export type { KernelCloneArgs, LegacyCloneArgs } from './clone/clone-args.ts';
export { CloneCall } from './clone/clone-call.ts';
export type { CloneErrno, CloneParts } from './clone/clone-call.ts';
export {
  CLONE_ARGS_SIZE_VER0,
  CLONE_ARGS_SIZE_VER1,
  CLONE_ARGS_SIZE_VER2,
  readClone3Args,
  TASK_SIZE_MAX,
} from './clone/clone3-args.ts';
export type { Clone3Args, Clone3ArgsErrno, Clone3Memory } from './clone/clone3-args.ts';
export { CLONE_SLABS, copyProcessPath } from './clone/copy-process-path.ts';
export { capable, createCred, INIT_USER_NS, nsCapable } from './cred/cred.ts';
export type { Cred, UserNamespace } from './cred/cred.ts';
export { exit, exitGroup, exitGroupWith, exitTask } from './exit/exit.ts';
export { completeVfork } from './exit/mm-release.ts';
export { setForegroundGroup, foregroundGroup, setControllingTty, STOPS } from './jobs/terminal.ts';
export type { ForegroundErrno } from './jobs/terminal.ts';
export { groupNumberOf, setpgid, setsid } from './jobs/process-group.ts';
export type { SetpgidErrno } from './jobs/process-group.ts';
export { Tty } from './jobs/tty.ts';
export { boot } from './kernel/boot.ts';
export type { BootOptions } from './kernel/boot.ts';
export { Kernel } from './kernel/kernel.ts';
export type { KernelParts, KernelWatch } from './kernel/kernel.ts';
export { KERNELS } from './kernel/kernel-preset.ts';
export type { KernelName, KernelPreset } from './kernel/kernel-preset.ts';
export { getrlimit, NR_OPEN, setrlimit } from './limits/rlimit.ts';
export { MemoryCells, Mm } from './mm/mm.ts';
export type { AddressSpace } from './mm/mm.ts';
export type { NsProxy, PlainNamespace } from './ns/nsproxy.ts';
export { UcountsTable } from './ns/ucounts.ts';
export type { Ucounts } from './ns/ucounts.ts';
export { unshare } from './ns/unshare.ts';
export { Pidfd, PIDFD_NONBLOCK, PIDFD_THREAD } from './pidfd/pidfd.ts';
export {
  PIDFD_SIGNAL,
  pidfdOpen,
  pidfdPoll,
  pidfdSendSignal,
  POLLHUP,
  POLLIN,
} from './pidfd/pidfd-calls.ts';
export { deliverSignals } from './signal/deliver.ts';
export type { Delivered } from './signal/deliver.ts';
export { kill, killGroup, killPid, tgkill, tkill } from './signal/kill.ts';
export type { KillErrno } from './signal/kill.ts';
export { Pending } from './signal/pending.ts';
export type { SigInfo } from './signal/pending.ts';
export { blockedPending, hasDeliverable } from './signal/pending-of.ts';
export { sendSignal } from './signal/send.ts';
export type { Sender, Sent } from './signal/send.ts';
export { sigaction, sigprocmask, takeSignal } from './signal/sigaction.ts';
export type { MaskChange } from './signal/sigaction.ts';
export { Sighand } from './signal/sighand.ts';
export type { Disposition, SigAction } from './signal/sighand.ts';
export { SigSet } from './signal/sigset.ts';
export type { FilesStruct, FsStruct } from './task/parts.ts';
export { pidHasTask, pidTask, tasksOf } from './task/pid-links.ts';
export type { PidLinks, PidType } from './task/pid-links.ts';
export { isRealtime, SCHED, SCHED_RESET_ON_FORK, schedFork } from './task/sched-fields.ts';
export type { SchedFields } from './task/sched-fields.ts';
export { pidNamespaceOf, pidSeenBy, Task, tidSeenBy } from './task/task.ts';
export type { ExitState, TaskParts, UserPointer } from './task/task.ts';
export { ThreadGroup } from './task/thread-group.ts';
export { CLONE3_FLAGS, CLONE_FLAGS, cloneFlags, CSIGNAL } from './uapi/clone-flags.ts';
export type { CloneFlagName } from './uapi/clone-flags.ts';
export { initialRlimits, RLIM_INFINITY, RLIMIT_NAMES, RLIMITS } from './uapi/resources.ts';
export type { Rlimit, RlimitName } from './uapi/resources.ts';
export {
  CLD,
  isSignal,
  NSIG,
  SA,
  SI,
  signalName,
  SIGNALS,
  SIGRTMAX,
  SIGRTMIN,
} from './uapi/signals.ts';
export type { SignalName } from './uapi/signals.ts';
export { ID_TYPES, WAIT } from './uapi/wait-options.ts';
export { SLEEPS, wait4, waitid } from './wait/wait.ts';
export type { WaitedChild, WaitResult } from './wait/wait.ts';
