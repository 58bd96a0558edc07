// Making new credentials a task's own, and what that does beside: a process whose rights changed is no
// longer dumpable, and its parent-death signal is off.
import type { Cred } from './cred.ts';
import { capIsSubset } from './capability.ts';

/** `mm->dumpable`: not at all. It is also the default of `fs.suid_dumpable`. */
export const SUID_DUMP_DISABLE = 0;
/** `mm->dumpable`: as the user. */
export const SUID_DUMP_USER = 1;
/** `mm->dumpable`: readable by root only. */
export const SUID_DUMP_ROOT = 2;

/** The part of an address space that credentials touch; shared by all tasks on that mm. */
export interface Dumpable {
  dumpable: number;
}

/** The part of a task that credentials touch. */
export interface CredHolder {
  cred: Cred;
  /** A signal number, 0 for none. */
  pdeathSignal: number;
  /** Null for a task without an address space. */
  readonly mm: Dumpable | null;
}

/**
 * Installs `next`. When the effective or file-system ids changed or permitted capabilities were gained,
 * the mm becomes not dumpable (as `fs.suid_dumpable` 0 has it) and the parent-death signal is cleared.
 *
 * @see kernel/cred.c, commit_creds(), v6.12
 */
export function commitCreds(holder: CredHolder, next: Cred): void {
  const old = holder.cred;
  const isChanged =
    old.euid !== next.euid ||
    old.egid !== next.egid ||
    old.fsuid !== next.fsuid ||
    old.fsgid !== next.fsgid ||
    !isCredSubset(old, next);
  if (isChanged) {
    if (holder.mm !== null) holder.mm.dumpable = SUID_DUMP_DISABLE;
    holder.pdeathSignal = 0;
  }
  holder.cred = next;
}

function isCredSubset(set: Cred, subset: Cred): boolean {
  if (set.userNs === subset.userNs) return capIsSubset(subset.capPermitted, set.capPermitted);
  for (let ns = subset.userNs; ns.parent !== null; ns = ns.parent) {
    if (set.userNs === ns.parent && ns.owner === set.euid) return true;
  }
  return false;
}
