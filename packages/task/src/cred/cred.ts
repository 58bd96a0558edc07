// Credentials: who acts. An object of this type never changes; a call that changes ids builds a new
// one, and identity (`===`) tells whether two tasks have the very same credentials.
import { CAP_EMPTY_SET, CAP_FULL_SET, capRaised } from './capability.ts';
import type { CapSet } from './capability.ts';

/** A user namespace, as far as rights need it: its place in the tree and who made it. */
export interface UserNamespace {
  readonly parent: UserNamespace | null;
  /** Distance from the initial namespace, which is 0. */
  readonly level: number;
  /** Effective uid of the maker, as the parent sees it. */
  readonly owner: number;
}

/**
 * The credentials of a task (`struct cred`).
 *
 * @see include/linux/cred.h, struct cred, v6.12
 */
export interface Cred {
  readonly uid: number;
  readonly gid: number;
  readonly suid: number;
  readonly sgid: number;
  readonly euid: number;
  readonly egid: number;
  readonly fsuid: number;
  readonly fsgid: number;
  /** Supplementary groups in ascending order. */
  readonly groups: readonly number[];
  readonly securebits: number;
  readonly capInheritable: CapSet;
  readonly capPermitted: CapSet;
  readonly capEffective: CapSet;
  readonly capBset: CapSet;
  readonly capAmbient: CapSet;
  readonly userNs: UserNamespace;
}

/** The namespace every other one descends from. */
export const INIT_USER_NS: UserNamespace = Object.freeze({
  parent: null,
  level: 0,
  owner: 0,
});

/** Root's credentials in the initial namespace; fields given replace those. */
export function createCred(fields: Partial<Cred> = {}): Cred {
  return {
    uid: 0,
    gid: 0,
    suid: 0,
    sgid: 0,
    euid: 0,
    egid: 0,
    fsuid: 0,
    fsgid: 0,
    groups: [],
    securebits: 0,
    capInheritable: CAP_EMPTY_SET,
    capPermitted: CAP_FULL_SET,
    capEffective: CAP_FULL_SET,
    capBset: CAP_FULL_SET,
    capAmbient: CAP_EMPTY_SET,
    userNs: INIT_USER_NS,
    ...fields,
  };
}

/** A new credentials object with the same contents, as fork makes one. */
export function copyCred(cred: Cred): Cred {
  return { ...cred };
}

/** Whether the file-system gid or a supplementary group is `gid`. */
export function inGroup(cred: Cred, gid: number): boolean {
  return cred.fsgid === gid || cred.groups.includes(gid);
}

/**
 * Whether `cred` has `cap` towards `ns`: effective in its own namespace, everything in a namespace it
 * made from there, nothing upwards. Cost: the depth of `ns`.
 *
 * @see security/commoncap.c, cap_capable_helper(), v6.12
 */
export function nsCapable(cred: Cred, ns: UserNamespace, cap: number): boolean {
  for (let at = ns; ;) {
    if (at === cred.userNs) return capRaised(cred.capEffective, cap);
    if (at.level <= cred.userNs.level || at.parent === null) return false;
    if (at.parent === cred.userNs && at.owner === cred.euid) return true;
    at = at.parent;
  }
}

/** Whether `cred` has `cap` in the initial user namespace. */
export function capable(cred: Cred, cap: number): boolean {
  return nsCapable(cred, INIT_USER_NS, cap);
}
