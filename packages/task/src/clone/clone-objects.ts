// What the kernel allocates from its slab caches for a new task, by rule from the state of the parent and
// the flags of the call. What the copy of an address space takes is @forkless/mm's to count.

import { VM } from '@forkless/mm';
import { kmallocBytes } from '../exec/exec-path.ts';
import { copiedSlots } from '../files/dup-fd.ts';
import { fdtableBytes, slotsFor } from '../files/fd-table.ts';
import type { Task } from '../task/task.ts';
import { CLONE_FLAGS } from '../uapi/clone-flags.ts';

/** Objects of one cache that one function asks for. */
export interface SlabObject {
  readonly cache: string;
  /** What the cache hands out. */
  readonly bytes: number;
  /** The kernel function that allocates it. */
  readonly site: string;
  readonly count: number;
}

const { CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_SIGHAND, CLONE_THREAD, CLONE_PIDFD } = CLONE_FLAGS;
const PID_BYTES = 144;
const UPID_BYTES = 16;
const CACHE_LINE = 64;
/** @see include/linux/pid_namespace.h, MAX_PID_NS_LEVEL */
const LEVEL_MAX = 32;

/**
 * The slab objects of a clone with these flags. CAL: object sizes of 6.18.44 on x86-64 with its merged
 * caches, whose names are given under the kernel's own.
 *
 * @see kernel/fork.c, copy_process(), v6.18
 */
export function cloneObjects(parent: Task, flags: number): SlabObject[] {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const own = (flag: number, ...objects: SlabObject[]): SlabObject[] => (has(flag) ? [] : objects);
  return [
    one('task_struct', 5888, 'copy_process'),
    ...(parent.sched.hasUserCpus === true ? [one('kmalloc-32', 32, 'dup_user_cpus_ptr')] : []),
    ...own(
      CLONE_THREAD,
      one('cred', 192, 'prepare_creds'),
      one('kmalloc-16', 16, 'lsm_blob_alloc'),
    ),
    ...(parent.mempolicy === null ? [] : [one('numa_policy', 288, '__mpol_dup')]),
    ...own(CLONE_FILES, one('files_cache', 704, 'dup_fd'), ...tableObjects(parent)),
    ...own(CLONE_FS, one('fs_cache', 64, 'copy_fs_struct')),
    ...own(CLONE_SIGHAND, one('sighand_cache', 2112, 'copy_process')),
    ...own(CLONE_THREAD, one('signal_cache', 1152, 'copy_process')),
    ...own(CLONE_VM, one('mm_struct', 1600, 'copy_process'), ...hugeSlot(parent)),
    one('pid', pidBytes(parent.nsproxy.pidForChildren.level), 'alloc_pid'),
    ...(has(CLONE_PIDFD) ? PIDFD_OBJECTS : []),
  ];
}

function one(cache: string, bytes: number, site: string): SlabObject {
  return { cache, bytes, site, count: 1 };
}

/** The copy of a memory that asked for huge pages is scanned for them too. @see khugepaged_fork(), v6.18 */
function hugeSlot({ mm }: Task): SlabObject[] {
  if (mm === null) return [];
  for (const vma of mm.space.memory.mm.vmas) {
    if (vma.has(VM.HUGEPAGE)) return [one('mm_slot', 40, '__khugepaged_enter')];
  }
  return [];
}

/** @see fs/file.c, alloc_fdtable(), v6.18 */
function tableObjects({ files }: Task): SlabObject[] {
  const bytes = files === null ? null : fdtableBytes(slotsFor(copiedSlots(files)));
  if (bytes === null) return [];
  return [bytes.fdtable, bytes.slots, bytes.bitmaps].map((size) => {
    const handed = kmallocBytes(size);
    return one(`kmalloc-${handed}`, handed, 'alloc_fdtable');
  });
}

/** A struct pid has a number for each level, and fills whole cache lines. */
export function pidBytes(level: number): number {
  return Math.ceil((PID_BYTES + UPID_BYTES * (level + 1)) / CACHE_LINE) * CACHE_LINE;
}

/** The sizes there are, the smallest first. */
export const PID_SIZES: readonly number[] = [
  ...new Set(Array.from({ length: LEVEL_MAX + 1 }, (_, level) => pidBytes(level))),
];

/** @see fs/pidfs.c, pidfs_alloc_file(), pidfs_register_pid(), v6.18 */
export const PIDFD_OBJECTS: readonly SlabObject[] = [
  one('filp', 192, 'alloc_empty_file'),
  one('lsm_file_cache', 24, 'security_file_alloc'),
  one('dentry', 192, '__d_alloc'),
  one('inode_cache', 624, 'alloc_inode'),
  one('lsm_inode_cache', 32, 'security_inode_alloc'),
  one('pidfs_attr_cache', 32, 'pidfs_register_pid'),
];
