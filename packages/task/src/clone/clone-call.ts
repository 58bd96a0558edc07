// One call of copy_process under way: what its steps have made so far, and how each of them is taken
// back.

import { assert, isRefusal, refuse, type Refusal } from '@forkless/errors';
import type { AllocPidErrno, Pid, PidNamespace } from '@forkless/pid';
import { refuseAttach, type Cgroup, type Cgroups } from '../cgroup/cgroup.ts';
import { CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN, CAP_SYS_RESOURCE } from '../cred/capability.ts';
import { capable, copyCred, nsCapable, type Cred } from '../cred/cred.ts';
import { copiedSlots } from '../files/dup-fd.ts';
import { fdtableBytes, slotsFor } from '../files/fd-table.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { MemoryWork } from '../mm/memory-work.ts';
import type { Mm } from '../mm/mm.ts';
import { copyNamespaces } from '../ns/copy-namespaces.ts';
import { createUserNamespace } from '../ns/create-user-namespace.ts';
import type { NsProxy } from '../ns/nsproxy.ts';
import type { Ucounts } from '../ns/ucounts.ts';
import { Pidfd } from '../pidfd/pidfd.ts';
import { hasDeliverable, hasFatalPending } from '../signal/pending-of.ts';
import { sendSignal } from '../signal/send.ts';
import type { Sighand } from '../signal/sighand.ts';
import {
  cgroupAt,
  copyFs,
  dupFilesForFork,
  enterNewMounts,
  installPidfd,
  putFiles,
  putFs,
  unusedFd,
  type FilesStruct,
  type FsStruct,
} from '../task/parts.ts';
import { pidHasTask, pidTask } from '../task/pid-links.ts';
import { pidNamespaceOf, type Task, type UserPointer } from '../task/task.ts';
import { ThreadGroup } from '../task/thread-group.ts';
import { CLONE_FLAGS, CLONE_HIGH } from '../uapi/clone-flags.ts';
import { RLIMITS } from '../uapi/resources.ts';
import { SIGNALS } from '../uapi/signals.ts';
import { TASK_SIZE_MAX } from './clone3-args.ts';
import { hasFlag, hasHighFlag, type KernelCloneArgs } from './clone-args.ts';
import { publishTask } from './publish.ts';

const {
  CLONE_DETACHED,
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_SETTLS,
  CLONE_SIGHAND,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
} = CLONE_FLAGS;
const {
  CLONE_AUTOREAP,
  CLONE_CLEAR_SIGHAND,
  CLONE_EMPTY_MNTNS,
  CLONE_INTO_CGROUP,
  CLONE_NNP,
  CLONE_PIDFD_AUTOKILL,
} = CLONE_HIGH;

/** The errnos of copy_process. @see kernel/fork.c, copy_process(), v6.18 */
export type CloneErrno =
  | AllocPidErrno
  | 'EACCES'
  | 'EBADF'
  | 'EFAULT'
  | 'EINTR'
  | 'EMFILE'
  | 'ENOENT'
  | 'ENOSPC'
  | 'EOPNOTSUPP'
  | 'ERESTARTNOINTR';

/** What a call has made: the parts of the task to be. */
export interface CloneParts {
  cred: Cred;
  ucounts: Ucounts;
  files: FilesStruct;
  fs: FsStruct;
  sighand: Sighand;
  group: ThreadGroup;
  mm: Mm | null;
  nsproxy: NsProxy;
  pid: Pid;
  cgroups: Cgroups;
}

/** The same while they are being made. */
type PartsSoFar = { -readonly [Part in keyof CloneParts]: CloneParts[Part] | undefined };

/** The state the steps of copy_process work on; used again for the next call. */
export class CloneCall {
  readonly kernel: Kernel;
  #caller: Task | undefined;
  #args: KernelCloneArgs | undefined;
  readonly parts: PartsSoFar = {
    cred: undefined,
    ucounts: undefined,
    files: undefined,
    fs: undefined,
    sighand: undefined,
    group: undefined,
    mm: undefined,
    nsproxy: undefined,
    pid: undefined,
    cgroups: undefined,
  };
  /** What the copy of the memory took. */
  readonly copied: MemoryWork;
  #pidfd: Pidfd | undefined;
  #pidfdNumber = -1;
  #child: Task | undefined;

  /** `keepsWork` tells whether anybody asks afterwards what it took. */
  constructor(kernel: Kernel, keepsWork = true) {
    this.kernel = kernel;
    this.copied = new MemoryWork(keepsWork);
  }

  /** Begins a call. */
  begin(caller: Task, args: KernelCloneArgs): void {
    this.#caller = caller;
    this.#args = args;
    this.#pidfd = undefined;
    this.#child = undefined;
  }

  get caller(): Task {
    assert(this.#caller !== undefined, 'a call has its caller');
    return this.#caller;
  }

  get args(): KernelCloneArgs {
    assert(this.#args !== undefined, 'a call has its arguments');
    return this.#args;
  }

  /** The task that was made. */
  get child(): Task {
    assert(this.#child !== undefined, 'a call that went well has made a task');
    return this.#child;
  }

  /** Whether the call has a flag of `CLONE_FLAGS`. */
  has(flag: number): boolean {
    return hasFlag(this.args, flag);
  }

  /** Whether it has a flag of `CLONE_HIGH`. */
  hasHigh(flag: number): boolean {
    return hasHighFlag(this.args, flag);
  }

  /** Bytes of each object of a descriptor table too large for the files_struct. */
  get tableBytes(): readonly number[] {
    const { files } = this.caller;
    const bytes = files === null ? null : fdtableBytes(slotsFor(copiedSlots(files)));
    return bytes === null ? [] : [bytes.fdtable, bytes.slots, bytes.bitmaps];
  }

  /** Flags that contradict each other or the caller's state. */
  checkFlags(): Refusal<CloneErrno> | undefined {
    const newRoot = this.has(CLONE_NEWNS) || this.hasHigh(CLONE_EMPTY_MNTNS);
    if (this.has(CLONE_FS) && newRoot) return invalid('CLONE_FS with another mount namespace');
    if (this.has(CLONE_FS) && this.has(CLONE_NEWUSER)) {
      return invalid('CLONE_FS with CLONE_NEWUSER');
    }
    if (this.has(CLONE_THREAD) && !this.has(CLONE_SIGHAND)) {
      return invalid('CLONE_THREAD without CLONE_SIGHAND');
    }
    if (this.has(CLONE_SIGHAND) && !this.has(CLONE_VM)) {
      return invalid('CLONE_SIGHAND without CLONE_VM');
    }
    if (this.has(CLONE_PARENT) && this.caller.group.unkillable) {
      return invalid('CLONE_PARENT by the init of a namespace');
    }
    return this.#checkThread() ?? this.#checkNewerFlags();
  }

  #checkThread(): Refusal<CloneErrno> | undefined {
    if (this.has(CLONE_THREAD)) {
      if (this.has(CLONE_NEWUSER) || this.has(CLONE_NEWPID)) {
        return invalid('a thread in another namespace than its process');
      }
      if (pidNamespaceOf(this.caller) !== this.caller.nsproxy.pidForChildren) {
        return invalid('a thread, though children go to another pid namespace');
      }
    }
    if (this.has(CLONE_PIDFD) && this.has(CLONE_DETACHED)) {
      return invalid('CLONE_PIDFD with CLONE_DETACHED');
    }
    return undefined;
  }

  /** @see kernel/fork.c, copy_process(), v7.1 */
  #checkNewerFlags(): Refusal<CloneErrno> | undefined {
    const isThread = this.has(CLONE_THREAD);
    if (this.hasHigh(CLONE_AUTOREAP)) {
      if (isThread || this.has(CLONE_PARENT)) return invalid('CLONE_AUTOREAP of a sibling');
      if (this.args.exitSignal !== 0) return invalid('CLONE_AUTOREAP with an exit signal');
    }
    if (this.hasHigh(CLONE_NNP) && isThread) return invalid('CLONE_NNP with CLONE_THREAD');
    if (this.hasHigh(CLONE_PIDFD_AUTOKILL)) {
      if (!this.has(CLONE_PIDFD) || !this.hasHigh(CLONE_AUTOREAP)) {
        return invalid('CLONE_PIDFD_AUTOKILL without CLONE_PIDFD and CLONE_AUTOREAP');
      }
      if (isThread) return invalid('CLONE_PIDFD_AUTOKILL with CLONE_THREAD');
    }
    return undefined;
  }

  /** A call begins anew after the handlers of the signals that are there. */
  checkSignals(): Refusal<CloneErrno> | undefined {
    if (!hasDeliverable(this.caller)) return undefined;
    return refuse('ERESTARTNOINTR', 'a signal is handled first');
  }

  /** Credentials: the caller's own for a thread, a copy, or those of a new user namespace. */
  copyCreds(): Refusal<CloneErrno> | undefined {
    const { caller, kernel, parts } = this;
    let { cred } = caller;
    if (this.has(CLONE_NEWUSER)) {
      const made = createUserNamespace(kernel, caller);
      if (isRefusal(made)) return made;
      cred = made;
    } else if (!this.has(CLONE_THREAD)) {
      cred = copyCred(cred);
    }
    parts.cred = cred;
    parts.ucounts = kernel.ucounts.of(cred.userNs, cred.uid);
    parts.ucounts.addTasks(1);
    return undefined;
  }

  dropCreds(): void {
    this.parts.ucounts!.addTasks(-1);
  }

  /** RLIMIT_NPROC, which root and two capabilities are above. */
  checkTaskCount(): Refusal<CloneErrno> | undefined {
    const { caller, kernel, parts } = this;
    const { cur } = caller.group.rlimits[RLIMITS.RLIMIT_NPROC]!;
    const { cred } = parts as CloneParts;
    const isExempt = () =>
      cred.uid === 0 ||
      capable(caller.cred, CAP_SYS_RESOURCE) ||
      capable(caller.cred, CAP_SYS_ADMIN);
    if (parts.ucounts!.isOverTasks(cur) && !isExempt()) {
      return refuse('EAGAIN', `the user may have ${cur} tasks`);
    }
    caller.nprocExceeded = false;
    if (kernel.tasks.size >= kernel.threadsMax) {
      return refuse('EAGAIN', `the machine may have ${kernel.threadsMax} tasks`);
    }
    return undefined;
  }

  copyFiles(): void {
    const files = this.caller.files!;
    if (this.has(CLONE_FILES)) files.users++;
    this.parts.files = this.has(CLONE_FILES) ? files : dupFilesForFork(files);
  }

  dropFiles(): void {
    putFiles(this.parts.files!);
  }

  copyFs(): void {
    const fs = this.caller.fs!;
    if (this.has(CLONE_FS)) fs.users++;
    this.parts.fs = this.has(CLONE_FS) ? fs : copyFs(fs);
    if (this.has(CLONE_NEWNS)) enterNewMounts(this.parts.fs);
  }

  dropFs(): void {
    putFs(this.parts.fs!);
  }

  copySighand(): void {
    const { sighand } = this.caller;
    if (this.has(CLONE_SIGHAND)) {
      sighand.users++;
      this.parts.sighand = sighand;
      return;
    }
    this.parts.sighand = sighand.copy();
    if (this.hasHigh(CLONE_CLEAR_SIGHAND)) this.parts.sighand.flushHandlers();
  }

  dropSighand(): void {
    this.parts.sighand!.users--;
  }

  /** What threads have in common: the caller's, or a new one with the caller's limits. */
  copySignal(): void {
    const { group } = this.caller;
    if (this.has(CLONE_THREAD)) {
      this.parts.group = group;
      return;
    }
    const made = new ThreadGroup(group.rlimits);
    made.oomScoreAdj = group.oomScoreAdj;
    made.hasChildSubreaper = group.hasChildSubreaper || group.isChildSubreaper;
    made.autoreap = this.hasHigh(CLONE_AUTOREAP);
    this.parts.group = made;
  }

  /** The caller's memory, or a copy on the caller's account: ENOMEM when a table finds no place. */
  copyMm(): Refusal<CloneErrno> | undefined {
    const { caller, kernel, parts } = this;
    const { mm } = caller;
    if (mm === null || this.has(CLONE_VM)) {
      if (mm !== null) mm.users++;
      parts.mm = mm;
      return undefined;
    }
    const placer = kernel.watchedPlacerOf(caller, 'clone');
    const copy = this.copied.during(kernel.memory.counts, () => mm.fork(placer));
    if (isRefusal(copy)) return copy;
    parts.mm = copy;
    return undefined;
  }

  dropMm(): void {
    this.parts.mm?.put();
  }

  copyNamespaces(): Refusal<CloneErrno> | undefined {
    const { kernel, caller, args, parts } = this;
    const flags = this.hasHigh(CLONE_EMPTY_MNTNS) ? args.flags | CLONE_NEWNS : args.flags;
    const made = copyNamespaces(kernel, caller, flags, parts.cred!.userNs);
    if (isRefusal(made)) return made;
    parts.nsproxy = made;
    return undefined;
  }

  /** The thread's own storage must lie in user memory. @see arch/x86/kernel/process_64.c, ARCH_SET_FS */
  copyThread(): Refusal<CloneErrno> | undefined {
    if (!this.has(CLONE_SETTLS) || this.args.tls < TASK_SIZE_MAX) return undefined;
    return refuse('EPERM', 'thread-local storage outside user memory');
  }

  allocPid(): Refusal<CloneErrno> | undefined {
    const { kernel, caller, parts, args } = this;
    const { setTid } = args;
    const namespace = parts.nsproxy!.pidForChildren;
    const pid = kernel.pids.alloc(
      setTid === undefined
        ? { namespace }
        : { namespace, setTid, capable: (one) => mayChoosePids(kernel, caller, one) },
    );
    if (isRefusal(pid)) return pid;
    parts.pid = pid;
    return undefined;
  }

  freePid(): void {
    const { kernel } = this;
    const pid = this.parts.pid!;
    for (const namespace of pid.namespaces) {
      if (namespace.reaper === pid) namespace.reaper = undefined;
    }
    kernel.freePid(pid);
  }

  /** A descriptor for the pidfd, whose number is told before anything can be seen. */
  preparePidfd(): Refusal<CloneErrno> | undefined {
    const { caller, args } = this;
    const { cur } = caller.group.rlimits[RLIMITS.RLIMIT_NOFILE]!;
    const fd = unusedFd(caller.files!, cur);
    if (isRefusal(fd)) return fd;
    if (!writeWord(args.pidfd, fd)) return refuse('EFAULT', 'the pidfd has nowhere to be written');
    this.#pidfdNumber = fd;
    this.#pidfd = this.#makePidfd();
    return undefined;
  }

  #makePidfd(): Pidfd {
    const { kernel } = this;
    const pid = this.parts.pid!;
    const kill = () => {
      const task = pidTask(kernel, pid, 'tgid');
      if (task) sendSignal(task, { signal: SIGNALS.SIGKILL, from: 'kernel' }, 'process');
    };
    return new Pidfd(pid, {
      flags: this.has(CLONE_THREAD) ? 0o200 /* PIDFD_THREAD */ : 0,
      onRelease: this.hasHigh(CLONE_PIDFD_AUTOKILL) ? kill : undefined,
    });
  }

  /** The control groups, and whether the pids controller lets one more in. */
  canFork(): Refusal<CloneErrno> | undefined {
    const { caller, parts } = this;
    const unified = this.hasHigh(CLONE_INTO_CGROUP) ? this.#wantedCgroup() : caller.cgroups.unified;
    if (isRefusal(unified)) return unified;
    const refusal = caller.cgroups.pids.tryCharge();
    if (refusal !== undefined) return refusal;
    parts.cgroups = { unified, pids: caller.cgroups.pids };
    return undefined;
  }

  #wantedCgroup(): Cgroup | Refusal<CloneErrno> {
    const { caller, args } = this;
    const wanted = cgroupAt(caller.files!, args.cgroup);
    if (isRefusal(wanted)) return wanted;
    if (wanted.removed) return refuse('ENOENT', 'the control group is removed');
    const { unified } = caller.cgroups;
    return refuseAttach(caller.cred, unified, wanted, this.has(CLONE_THREAD)) ?? wanted;
  }

  cancelFork(): void {
    this.parts.cgroups!.pids.charge(-1);
  }

  /** The last moment at which a call can be refused: a caller that is being killed makes nothing. */
  checkKilled(): Refusal<CloneErrno> | undefined {
    return hasFatalPending(this.caller) ? refuse('EINTR', 'the caller is being killed') : undefined;
  }

  /** The task becomes visible. */
  publish(): void {
    const { kernel, caller, args } = this;
    const child = publishTask(kernel, caller, args, this.parts as CloneParts);
    this.#child = child;
    if (this.#pidfd !== undefined) {
      installPidfd(kernel.anon, caller.files!, this.#pidfdNumber, this.#pidfd);
    }
    assert(pidHasTask(kernel, child.pid, 'pid'), 'a published task is found by its pid');
  }

  /** The child's number is told; that it could not be is nobody's concern. */
  tellNumber(): void {
    if (!this.has(CLONE_PARENT_SETTID)) return;
    const { numbers } = this.child.pid;
    writeWord(this.args.parentTid, numbers[pidNamespaceOf(this.caller).level]!);
  }

  /** The caller of vfork waits until the child lets go of its memory. */
  waitForChild(): void {
    if (!this.has(CLONE_VFORK)) return;
    this.caller.vforkChild = this.child;
    this.child.vforkParent = this.caller;
  }
}

/** @see include/linux/capability.h, checkpoint_restore_ns_capable() */
function mayChoosePids(kernel: Kernel, { cred }: Task, namespace: PidNamespace): boolean {
  const owner = kernel.pidOwners.get(namespace)!;
  return nsCapable(cred, owner, CAP_CHECKPOINT_RESTORE) || nsCapable(cred, owner, CAP_SYS_ADMIN);
}

function invalid(reason: string): Refusal<'EINVAL'> {
  return refuse('EINVAL', reason);
}

function writeWord(pointer: UserPointer, value: number): boolean {
  if (pointer === null || pointer === 'unmapped') return false;
  pointer.value = value;
  return true;
}
