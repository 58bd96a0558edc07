export {
  setChildSubreaper,
  setDumpable,
  setName,
  setNoNewPrivs,
  setPdeathSignal,
  setTimerSlack,
} from './attributes/prctl.ts';
export { setAffinity, setNice, setSchedParam, setScheduler } from './attributes/scheduling.ts';
export { chargeCpu, processTimes, threadCpuTime } from './attributes/cpu-times.ts';
export type { CpuTime, ProcessTimes } from './attributes/cpu-times.ts';
export { timerArm, timerAt, timerCreate, timerDelete } from './attributes/posix-timers.ts';
export type { PosixTimer } from './attributes/posix-timers.ts';
export { Cgroup } from './cgroup/cgroup.ts';
export type { Cgroups } from './cgroup/cgroup.ts';
export { cgroupFileSystem } from './cgroup/cgroup-fs.ts';
export type { CgroupTree } from './cgroup/cgroup-fs.ts';
export { procFileSystem } from './pseudo/proc-fs.ts';
export { createEmbryo, dropEmbryo, startEmbryo } from './clone/embryo.ts';
export { forkArgs, hasFlag, hasHighFlag, legacyArgs, vforkArgs } from './clone/clone-args.ts';
export type { KernelCloneArgs, LegacyCloneArgs } from './clone/clone-args.ts';
export { CloneCall } from './clone/clone-call.ts';
export type { CloneErrno, CloneParts } from './clone/clone-call.ts';
export { cloneObjects } from './clone/clone-objects.ts';
export type { SlabObject } from './clone/clone-objects.ts';
export { clone, clone3, fork, kernelClone, vfork } from './clone/clone.ts';
export {
  CLONE_ARGS_SIZE_VER0,
  CLONE_ARGS_SIZE_VER1,
  CLONE_ARGS_SIZE_VER2,
  readClone3Args,
  TASK_SIZE_MAX,
} from './clone/clone3-args.ts';
export type { Clone3Args, Clone3ArgsErrno, Clone3Memory } from './clone/clone3-args.ts';
export {
  CLONE_SLABS,
  CLONE_STAGES,
  copyProcessPath,
  FILES_WORK,
  staged,
} from './clone/copy-process-path.ts';
export type { CloneStage } from './clone/copy-process-path.ts';
export {
  CAP_CHOWN,
  CAP_FULL_SET,
  CAP_LAST_CAP,
  CAP_SETGID,
  CAP_SETUID,
  CAP_SYS_ADMIN,
  CAP_SYS_PTRACE,
  CAP_SYS_RESOURCE,
  capRaised,
  capSet,
} from './cred/capability.ts';
export type { CapSet } from './cred/capability.ts';
export { capset } from './cred/capset.ts';
export type { CapsetRequest } from './cred/capset.ts';
export {
  commitCreds,
  SUID_DUMP_DISABLE,
  SUID_DUMP_ROOT,
  SUID_DUMP_USER,
} from './cred/commit-creds.ts';
export type { CredHolder, Dumpable } from './cred/commit-creds.ts';
export { capable, copyCred, createCred, inGroup, INIT_USER_NS, nsCapable } from './cred/cred.ts';
export type { Cred, UserNamespace } from './cred/cred.ts';
export { computeExecCred } from './cred/exec-cred.ts';
export type { ExecCred, ExecCredInput } from './cred/exec-cred.ts';
export { ptraceMayAccess } from './cred/ptrace-access.ts';
export type { AccessMode, AccessTarget } from './cred/ptrace-access.ts';
export { changeAmbient, dropBounding, setKeepCaps, setSecurebits } from './cred/securebits.ts';
export {
  setfsuid,
  setgid,
  setgroups,
  setregid,
  setresgid,
  setresuid,
  setreuid,
  setuid,
} from './cred/setid.ts';
export type { ThreeIds } from './cred/setid.ts';
export type { ArgRun, ArgVector } from './exec/arguments.ts';
export {
  AT_EMPTY_PATH,
  AT_EXECVE_CHECK,
  AT_SYMLINK_NOFOLLOW,
  dropPlan,
  planArgc,
  prepareExec,
} from './exec/binprm.ts';
export type { ExecCaller, ExecErrno, ExecPlan, ExecRequest } from './exec/binprm.ts';
export { readInterpreterName, readProgram } from './exec/elf.ts';
export type { ElfFile, ElfHeader, ProgramHeader } from './exec/elf.ts';
export { execve, execveCall, execveCounted } from './exec/execve.ts';
export { EXEC_WORK } from './exec/exec-work.ts';
export { ExecCall } from './exec/exec-call.ts';
export type { ExecPlace, ExecResult, LoadedCounts, LoadedMemory } from './exec/exec-call.ts';
export { fetchEntry, loadMemory } from './exec/exec-memory.ts';
export { EXEC_SLABS, execPath, kmallocBytes } from './exec/exec-path.ts';
export type { ExecSlab } from './exec/exec-path.ts';
export { fetchByte, loadImage } from './exec/image.ts';
export type { Fetched, Image, LoadedImage, Mapping } from './exec/image.ts';
export { programOf, ProgramSpace } from './exec/program.ts';
export type { Program } from './exec/program.ts';
export { readShebang } from './exec/shebang.ts';
export { installProgram, smallestProgram } from './exec/smallest-program.ts';
export type { Shebang } from './exec/shebang.ts';
export { fitsStack, STACK_GAP_END, stackBytes } from './exec/stack-room.ts';
export { exit, exitGroup, exitGroupWith, exitTask } from './exit/exit.ts';
export { becomeZombie, tellParent } from './exit/exit.ts';
export { exitPath, TASKLIST_LOCK } from './exit/exit-path.ts';
export type { ExitCall } from './exit/exit-path.ts';
export { completeVfork } from './exit/mm-release.ts';
export { createAnonFs, createAnonPath } from './files/anon-file.ts';
export type { AnonFs } from './files/anon-file.ts';
export {
  CLOSE_RANGE_CLOEXEC,
  CLOSE_RANGE_UNSHARE,
  closeFrom,
  closeRange,
} from './files/close-range.ts';
export { copiedSlots, dupFiles, dupFilesForFork, unshareFiles } from './files/dup-fd.ts';
export type { FdRange, FilesHolder } from './files/dup-fd.ts';
export { dup, dup2, dup3, dupFrom } from './files/dup.ts';
export { EFD_CLOEXEC, EFD_NONBLOCK, EFD_SEMAPHORE, eventfd } from './files/eventfd.ts';
export { fcntl } from './files/fcntl.ts';
export type { FcntlCaller, FcntlErrno } from './files/fcntl.ts';
export {
  closeFd,
  closeOnExec,
  createFiles,
  fdtableBytes,
  fileAt,
  highestOpen,
  installFd,
  isCloexec,
  isOpen,
  NR_OPEN_DEFAULT,
  openFds,
  putFiles,
  slotsFor,
  unusedFd,
} from './files/fd-table.ts';
export type { FdtableBytes, FilesStruct } from './files/fd-table.ts';
export {
  memfdCreate,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  MFD_EXEC,
  MFD_NOEXEC_SEAL,
} from './files/memfd.ts';
export { AT_FDCWD, open } from './files/open-call.ts';
export type { OpenCaller } from './files/open-call.ts';
export { createOpenFile, getFile, putFile, WOULD_BLOCK } from './files/open-file.ts';
export type { FileOperations, IoErrno, IoResult, OpenFile } from './files/open-file.ts';
export {
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  FD_CLOFORK,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_SYNC,
  O_TRUNC,
  O_WRONLY,
} from './files/open-flags.ts';
export { F_RDLCK, F_UNLCK, F_WRLCK, getRecordLock, setRecordLock } from './files/record-locks.ts';
export type { LockFound, LockRequest } from './files/record-locks.ts';
export { pipe2, PIPE_BUF, PIPE_BYTES } from './files/pipe.ts';
export type { FdPlace } from './files/pipe.ts';
export { openPty, ttyAt } from './files/pty.ts';
export { lseek, read, SEEK_CUR, SEEK_END, SEEK_SET, write } from './files/read-write.ts';
export { inodeOf } from './files/regular.ts';
export {
  AF_INET,
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  MSG_DONTWAIT,
  MSG_PEEK,
  receiveFiles,
  sendFiles,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  socketpair,
} from './files/socket.ts';
export type { ReceivedFiles } from './files/socket.ts';
export { chmod, chown, touchFile } from './fs/attributes.ts';
export { componentsOf } from './fs/components.ts';
export { chdir, chroot, fchdir } from './fs/cwd.ts';
export { dPath } from './fs/d-path.ts';
export type { Dentry } from './fs/dentry.ts';
export { copyFsStruct, createFsStruct, moveFsStruct, setUmask } from './fs/fs-struct.ts';
export type { FsObject, FsStruct, Looker } from './fs/fs-struct.ts';
export { dropCaches } from './fs/drop-caches.ts';
export type { Inode } from './fs/inode.ts';
export { S_IFCHR, S_IFDIR, S_IFIFO, S_IFREG, S_IFSOCK } from './fs/mode.ts';
export { mount, umount } from './fs/mount-call.ts';
export type { FileSystemMakers, MountErrno, MountRequest } from './fs/mount-call.ts';
export {
  copyMountNamespace,
  createMountNamespace,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_REMOUNT,
} from './fs/mount.ts';
export type { Mount, MountCopy, MountNamespace, Path } from './fs/mount.ts';
export { link, mkdir, mknod, rename, rmdir, symlink, unlink } from './fs/names.ts';
export type { NameErrno } from './fs/names.ts';
export { openPath } from './fs/open.ts';
export type { OpenErrno, OpenRequest } from './fs/open.ts';
export { inodePermission } from './fs/permission.ts';
export { createSuperBlock, EXT4, TMPFS } from './fs/super-block.ts';
export type { FileSystemType, SuperBlock } from './fs/super-block.ts';
export { lookupPath, MAXSYMLINKS, NAME_MAX, PATH_MAX } from './fs/walk.ts';
export type { LookupOptions, WalkErrno } from './fs/walk.ts';
export { IPC_NOWAIT, SEM_SLEEPS, SEM_UNDO, semget, semop, semValue } from './ipc/semaphores.ts';
export type { SemOperation } from './ipc/semaphores.ts';
export { groupNumberOf, setpgid, setsid } from './jobs/process-group.ts';
export type { SetpgidErrno } from './jobs/process-group.ts';
export { foregroundGroup, setControllingTty, setForegroundGroup, STOPS } from './jobs/terminal.ts';
export type { ForegroundErrno } from './jobs/terminal.ts';
export { Tty } from './jobs/tty.ts';
export { boot } from './kernel/boot.ts';
export type { BootOptions } from './kernel/boot.ts';
export { KERNELS } from './kernel/kernel-preset.ts';
export type { KernelName, KernelPreset } from './kernel/kernel-preset.ts';
export { Kernel } from './kernel/kernel.ts';
export type { KernelParts, KernelWatch } from './kernel/kernel.ts';
export { foundBy, lookupNode, watchedPath, WatchedPlacer } from './kernel/object-watch.ts';
export type { MadeObjects, Making, ObjectPhase, ObjectWatch } from './kernel/object-watch.ts';
export { getrlimit, NR_OPEN, setrlimit } from './limits/rlimit.ts';
export { memoryOf, Mm } from './mm/mm.ts';
export type { AddressSpace } from './mm/mm.ts';
export { COPY_WORK, DROP_WORK, LOAD_WORK, MemoryWork, workSteps } from './mm/memory-work.ts';
export type { CountedWork } from './mm/memory-work.ts';
export { PagedSpace } from './mm/paged-space.ts';
export type { NsProxy, PlainNamespace } from './ns/nsproxy.ts';
export { UcountsTable } from './ns/ucounts.ts';
export type { Ucounts } from './ns/ucounts.ts';
export { createNamespaces } from './ns/copy-namespaces.ts';
export type { NamespacesErrno } from './ns/copy-namespaces.ts';
export { unshare } from './ns/unshare.ts';
export {
  PIDFD_SIGNAL,
  pidfdOpen,
  pidfdPoll,
  pidfdSendSignal,
  POLLHUP,
  POLLIN,
} from './pidfd/pidfd-calls.ts';
export { pidfdGetfd } from './pidfd/pidfd-getfd.ts';
export { Pidfd, PIDFD_NONBLOCK, PIDFD_THREAD } from './pidfd/pidfd.ts';
export { deliverSignals } from './signal/deliver.ts';
export type { Delivered } from './signal/deliver.ts';
export { kill, killGroup, killPid, tgkill, tkill } from './signal/kill.ts';
export type { KillErrno } from './signal/kill.ts';
export { blockedPending, hasDeliverable } from './signal/pending-of.ts';
export { Pending } from './signal/pending.ts';
export type { SigInfo } from './signal/pending.ts';
export { sendSignal } from './signal/send.ts';
export type { Sender, Sent } from './signal/send.ts';
export { sigaction, sigprocmask, takeSignal } from './signal/sigaction.ts';
export type { MaskChange } from './signal/sigaction.ts';
export { Sighand } from './signal/sighand.ts';
export type { Disposition, SigAction } from './signal/sighand.ts';
export { SigSet } from './signal/sigset.ts';
export { changeCred, isExecOverTasks } from './task/change-cred.ts';
export { becomeImage, deThread } from './task/de-thread.ts';
export { installCgroup, installPidfd, pidfdAt } from './task/parts.ts';
export { pidHasTask, pidTask, tasksOf } from './task/pid-links.ts';
export type { PidLinks, PidType } from './task/pid-links.ts';
export { isRealtime, SCHED, SCHED_RESET_ON_FORK, schedFork } from './task/sched-fields.ts';
export type { SchedFields } from './task/sched-fields.ts';
export { pidNamespaceOf, pidSeenBy, Task, tidSeenBy } from './task/task.ts';
export type { ExitState, TaskParts, UserPointer } from './task/task.ts';
export { ThreadGroup } from './task/thread-group.ts';
export { CLONE3_FLAGS, CLONE_FLAGS, CLONE_HIGH, cloneFlags, CSIGNAL } from './uapi/clone-flags.ts';
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
  signalNumber,
  SIGNALS,
  SIGRTMAX,
  SIGRTMIN,
} from './uapi/signals.ts';
export type { SignalName } from './uapi/signals.ts';
export { ID_TYPES, WAIT } from './uapi/wait-options.ts';
export { SLEEPS, wait4, waitid } from './wait/wait.ts';
export type { WaitedChild, WaitResult } from './wait/wait.ts';
