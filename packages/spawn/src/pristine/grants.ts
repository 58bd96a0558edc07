// The grants of a pristine child: each is a call on the child through its handle that gives it something
// it has not got by default.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import {
  CAP_SETGID,
  CAP_SETUID,
  CAP_SYS_ADMIN,
  capable,
  changeCred,
  chdir,
  CLONE_FLAGS,
  closeFd,
  createNamespaces,
  fchdir,
  FD_CLOEXEC,
  fileAt,
  getFile,
  installFd,
  isOpen,
  RLIMITS,
  setAffinity as affinity,
  setpgid,
  setsid,
  setUmask as umask,
  sigaction,
  sigprocmask,
  SigSet,
  type Cred,
  type OpenFile,
  type Task,
} from '@forkless/task';
import type { PristineBuilder } from './pristine-builder.ts';

/** A descriptor of the maker, and the number it has in the child. */
export interface FdGrant {
  readonly from: number;
  readonly to: number;
  /** Whether it is closed by the child's exec; not when left out. */
  readonly cloexec?: boolean;
}

/**
 * Descriptors, all or none: EBADF for one that is not open or a number out of reach, EINVAL for a number
 * given twice. What the maker has open is looked at now, also where the work is the child's.
 */
export function grantFds(
  builder: PristineBuilder,
  grants: readonly FdGrant[],
): Refusal | undefined {
  const { files } = builder.maker;
  const { cur } = builder.maker.group.rlimits[RLIMITS.RLIMIT_NOFILE]!;
  if (new Set(grants.map(({ to }) => to)).size < grants.length) {
    return refuse('EINVAL', 'a number of the child is given twice');
  }
  const found: { readonly file: OpenFile; readonly to: number; readonly flags: number }[] = [];
  for (const { from, to, cloexec = false } of grants) {
    const file = fileAt(files!, from);
    if (isRefusal(file)) return file;
    if (to < 0 || to >= cur) return refuse('EBADF', `descriptor ${to} is out of reach`);
    found.push({ file, to, flags: cloexec ? FD_CLOEXEC : 0 });
  }
  return builder.remote('grant descriptors', (child) => {
    for (const { file, to, flags } of found) {
      if (isOpen(child.files!, to)) closeFd(child.files!, to);
      installFd(child.files!, to, getFile(file), flags);
    }
  });
}

/** The directory, by a path or by a descriptor of the child; what chdir and fchdir refuse. */
export function setDirectory(
  builder: PristineBuilder,
  where: string | number,
): Refusal | undefined {
  return builder.remote('directory', (child, caller) => {
    if (typeof where === 'string') return chdir(caller, where);
    const file = fileAt(child.files!, where);
    return isRefusal(file) ? file : fchdir(caller, file);
  });
}

/** The umask. */
export function setUmask(builder: PristineBuilder, mask: number): Refusal | undefined {
  return builder.remote('umask', (child) => {
    umask(child.fs!, mask);
  });
}

/**
 * Credentials, at most as powerful as the maker's: EPERM for a capability it has not, for another user
 * without CAP_SETUID, for another group without CAP_SETGID.
 */
export function setCred(builder: PristineBuilder, cred: Cred): Refusal | undefined {
  const { kernel, maker } = builder;
  const refused = refuseCred(maker.cred, cred);
  if (refused !== undefined) return refused;
  return builder.remote('credentials', (child) => {
    if (kernel.tasks.has(child)) changeCred(kernel, child, cred);
    else child.cred = cred;
  });
}

function refuseCred(own: Cred, wanted: Cred): Refusal<'EPERM'> | undefined {
  const sets = ['capPermitted', 'capEffective', 'capBset'] as const;
  const limits = {
    capPermitted: own.capPermitted,
    capEffective: own.capPermitted,
    capBset: own.capBset,
  };
  if (sets.some((set) => !isWithin(wanted[set], limits[set]))) {
    return refuse('EPERM', 'a capability the maker does not have');
  }
  const uids = [own.uid, own.euid, own.suid];
  const isOwnUser = [wanted.uid, wanted.euid, wanted.suid, wanted.fsuid].every((id) =>
    uids.includes(id),
  );
  if (!isOwnUser && !capable(own, CAP_SETUID)) return refuse('EPERM', 'another user');
  const gids = [own.gid, own.egid, own.sgid, ...own.groups];
  const wantedGids = [wanted.gid, wanted.egid, wanted.sgid, wanted.fsgid, ...wanted.groups];
  const isOwnGroup = wantedGids.every((id) => gids.includes(id));
  return isOwnGroup || capable(own, CAP_SETGID) ? undefined : refuse('EPERM', 'another group');
}

function isWithin(set: Cred['capPermitted'], limit: Cred['capPermitted']): boolean {
  return (set & ~limit) === 0n;
}

/** Signals the child starts with: those it holds back and those it ignores. */
export function setSignals(
  builder: PristineBuilder,
  { mask, ignored = [] }: { readonly mask?: SigSet; readonly ignored?: readonly number[] },
): Refusal | undefined {
  return builder.remote('signals', (child) => {
    if (mask !== undefined) sigprocmask(child, 'SIG_SETMASK', mask);
    for (const signal of ignored) {
      const refused = sigaction(child, signal, { handler: 'IGN', flags: 0, mask: new SigSet() });
      if (isRefusal(refused)) return refused;
    }
    return undefined;
  });
}

/** The CPUs it may use; EINVAL when none of them is there, or none on the node it was placed on. */
export function setAffinity(builder: PristineBuilder, mask: bigint): Refusal | undefined {
  const { kernel, target } = builder;
  let onNode = 0n;
  for (let cpu = 0; cpu < kernel.possibleCpuCount; cpu++) {
    if (kernel.memory.shape.nodeOfCpu(cpu) === target) onNode |= 1n << BigInt(cpu);
  }
  if ((mask & onNode) === 0n) return refuse('EINVAL', 'no CPU of the place');
  return builder.remote('affinity', (child) => affinity(kernel, child, mask));
}

/** A policy for its memory; EINVAL for nodes that have none. What modes mean is @forkless/mempolicy's. */
export function setMempolicy(
  builder: PristineBuilder,
  policy: NonNullable<Task['mempolicy']>,
): Refusal | undefined {
  const known = builder.kernel.memory.memoryNodes.members.reduce(
    (all, node) => all | (1 << node),
    0,
  );
  if ((policy.nodes & ~known) !== 0) return refuse('EINVAL', 'a node without memory');
  return builder.remote('memory policy', (child) => {
    child.mempolicy = policy;
  });
}

const NAMESPACE_FLAGS = {
  mnt: CLONE_FLAGS.CLONE_NEWNS,
  uts: CLONE_FLAGS.CLONE_NEWUTS,
  ipc: CLONE_FLAGS.CLONE_NEWIPC,
  net: CLONE_FLAGS.CLONE_NEWNET,
  cgroup: CLONE_FLAGS.CLONE_NEWCGROUP,
} as const;

/**
 * Namespaces of its own; EPERM without CAP_SYS_ADMIN. The others are the maker's.
 * MODEL: no null namespaces, and no pid namespace of its own, which a start would have to number first.
 */
export function setNamespaces(
  builder: PristineBuilder,
  fresh: readonly (keyof typeof NAMESPACE_FLAGS)[],
): Refusal | undefined {
  const { kernel, maker } = builder;
  if (!capable(maker.cred, CAP_SYS_ADMIN))
    return refuse('EPERM', 'a namespace needs CAP_SYS_ADMIN');
  const flags = fresh.reduce((all, kind) => all | NAMESPACE_FLAGS[kind], 0);
  return builder.remote('namespaces', (child) => {
    const made = createNamespaces(kernel, maker, flags, child.cred.userNs);
    if (isRefusal(made)) return made;
    child.nsproxy = made;
    return undefined;
  });
}

/** A group: its own for 0. What setpgid refuses comes from the start, as only then there is a number. */
export function setGroup(builder: PristineBuilder, pgid: number): Refusal | undefined {
  return builder.afterStart('group', (child) => setpgid(builder.kernel, child, 0, pgid));
}

/** A session of its own; likewise. */
export function setSession(builder: PristineBuilder): Refusal | undefined {
  return builder.afterStart('session', (child) => {
    const made = setsid(builder.kernel, child);
    return isRefusal(made) ? made : undefined;
  });
}
