// Letting go of an address space, by exit or by exec: whoever waits in vfork goes on.

import type { Task } from '../task/task.ts';

/** The parent that waits in vfork goes on, once. @see kernel/fork.c, mm_release(), complete_vfork_done() */
export function completeVfork(task: Task): void {
  const { vforkParent } = task;
  if (vforkParent === undefined) return;
  vforkParent.vforkChild = undefined;
  task.vforkParent = undefined;
}

/** The word that CLONE_CHILD_CLEARTID named becomes 0, if others still see it. */
export function clearChildTid(task: Task): void {
  const { clearChildTid: word, mm } = task;
  task.clearChildTid = null;
  if (word !== null && word !== 'unmapped' && mm !== null && mm.users > 1) word.value = 0;
}
