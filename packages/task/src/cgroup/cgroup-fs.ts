// Control groups as a file system: a directory is a group, and its files say who is in it and how many
// there may be.

import { assert, refuse, type Refusal } from '@forkless/errors';
import { findPid, pidNumberIn, type PidNamespace } from '@forkless/pid';
import type { IoErrno } from '../files/open-file.ts';
import type { Inode } from '../fs/inode.ts';
import { createSuperBlock, type SuperBlock } from '../fs/super-block.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { addControlFile, controlFileSystem, type ControlFile } from '../pseudo/control-files.ts';
import { pidTask } from '../task/pid-links.ts';
import type { Task } from '../task/task.ts';
import { Cgroup, type Cgroups } from './cgroup.ts';

/** Which tree of groups: the unified one, or the pids controller's own. */
export type CgroupTree = keyof Cgroups;

/** The mount that shows a tree, and whose numbers it shows. */
interface CgroupMount {
  readonly kernel: Kernel;
  readonly tree: CgroupTree;
  readonly namespace: PidNamespace;
}

/**
 * A tree of control groups to be mounted; numbers are those of `namespace`.
 * MODEL: the kernel shows the numbers of whoever opens the file.
 * @see kernel/cgroup/cgroup.c, cgroup_mkdir(), cgroup_rmdir(); kernel/cgroup/pids.c, v6.18
 */
export function cgroupFileSystem(
  kernel: Kernel,
  tree: CgroupTree,
  namespace: PidNamespace,
): SuperBlock {
  const mount = { kernel, tree, namespace };
  const type = controlFileSystem(tree === 'unified' ? 'cgroup2' : 'cgroup', {
    onCreate: (inode, directory, name) => makeGroup(mount, inode, directory, name),
    onRemoveDirectory: (directory, name) => groupOf(directory).removeChild(name) ?? null,
  });
  const sb = createSuperBlock(type, 0o755);
  sb.root.data = kernel.cgroupRoots[tree];
  fill(mount, sb.root);
  return sb;
}

function groupOf({ data }: Inode): Cgroup {
  assert(data instanceof Cgroup, 'a directory of the tree is a group');
  return data;
}

function makeGroup(mount: CgroupMount, inode: Inode, directory: Inode, name: string): void {
  const made = groupOf(directory).makeChild(name, inode.uid, inode.gid);
  assert(made instanceof Cgroup, 'a new name is no group yet');
  inode.data = made;
  fill(mount, inode);
}

function fill(mount: CgroupMount, inode: Inode): void {
  const group = groupOf(inode);
  addControlFile(inode, 'cgroup.procs', procsFile(mount, group));
  if (mount.tree !== 'pids' || group.parent === undefined) return;
  addControlFile(inode, 'pids.current', { read: () => `${group.pidsCurrent}\n` });
  addControlFile(inode, 'pids.events', { read: () => `max ${group.pidsRefused}\n` });
  addControlFile(inode, 'pids.max', {
    read: () => `${Number.isFinite(group.pidsMax) ? group.pidsMax : 'max'}\n`,
    write: (text) => setMax(group, text.trim()),
  });
}

function setMax(group: Cgroup, word: string): Refusal<IoErrno> | undefined {
  if (word !== 'max' && !/^\d+$/.test(word)) return refuse('EINVAL', `'${word}' is no number`);
  group.pidsMax = word === 'max' ? Number.POSITIVE_INFINITY : Number(word);
  return undefined;
}

function procsFile({ kernel, tree, namespace }: CgroupMount, group: Cgroup): ControlFile {
  return {
    read() {
      const leaders = new Set<Task>();
      for (const task of kernel.tasks) {
        if (task.cgroups[tree] === group && !task.exiting) leaders.add(task.group.leader);
      }
      const numbers = [...leaders].map(({ pid }) => pidNumberIn(pid, namespace));
      return numbers.map((number) => `${number}\n`).join('');
    },
    write(text) {
      const pid = findPid(namespace, Number(text.trim()));
      const task = pid && pidTask(kernel, pid, 'tgid');
      if (task === undefined) return refuse('ESRCH', `there is no process ${text.trim()}`);
      for (const thread of task.group.threads) moveTask(thread, tree, group);
      return undefined;
    },
  };
}

/** Moving is never refused for a limit, only forking is. @see kernel/cgroup/pids.c, pids_can_attach() */
function moveTask(task: Task, tree: CgroupTree, to: Cgroup): void {
  const from = task.cgroups[tree];
  from.taskCount--;
  to.taskCount++;
  if (tree === 'pids') {
    to.charge(1);
    from.charge(-1);
  }
  task.cgroups = { ...task.cgroups, [tree]: to };
}
