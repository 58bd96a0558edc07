// The secure bits of credentials: what uid 0 is still worth, and which of these switches are locked.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { CAP_EMPTY_SET, CAP_LAST_CAP, CAP_SETPCAP, capRaised } from './capability.ts';
import type { Cred } from './cred.ts';
import { nsCapable } from './cred.ts';

export const SECBIT_NOROOT = 1 << 0;
export const SECBIT_NO_SETUID_FIXUP = 1 << 2;
export const SECBIT_KEEP_CAPS = 1 << 4;
export const SECBIT_NO_CAP_AMBIENT_RAISE = 1 << 6;

const ALL_BITS = 0x55;
const ALL_LOCKS = ALL_BITS << 1;

/**
 * prctl(PR_SET_SECUREBITS): EPERM for an unknown bit, a locked bit that would change, a lock that would
 * be lifted, or without CAP_SETPCAP.
 *
 * @see security/commoncap.c, cap_task_prctl(), v6.12
 */
export function setSecurebits(cred: Cred, bits: number): Cred | Refusal<'EPERM'> {
  const locked = (cred.securebits & ALL_LOCKS) >> 1;
  if ((locked & (cred.securebits ^ bits)) !== 0)
    return refuse('EPERM', 'a locked bit would change');
  if ((cred.securebits & ALL_LOCKS & ~bits) !== 0) return refuse('EPERM', 'a lock would be lifted');
  if ((bits & ~(ALL_BITS | ALL_LOCKS)) !== 0) return refuse('EPERM', 'unknown secure bit');
  if (!nsCapable(cred, cred.userNs, CAP_SETPCAP)) return refuse('EPERM', 'needs CAP_SETPCAP');
  return { ...cred, securebits: bits };
}

/**
 * prctl(PR_SET_KEEPCAPS): EINVAL unless 0 or 1, EPERM while the bit is locked.
 *
 * @see security/commoncap.c, cap_task_prctl(), v6.12
 */
export function setKeepCaps(cred: Cred, keep: number): Cred | Refusal<'EINVAL' | 'EPERM'> {
  if (keep !== 0 && keep !== 1) return refuse('EINVAL', 'neither 0 nor 1');
  if ((cred.securebits & (SECBIT_KEEP_CAPS << 1)) !== 0)
    return refuse('EPERM', 'KEEP_CAPS is locked');
  const others = cred.securebits & ~SECBIT_KEEP_CAPS;
  return {
    ...cred,
    securebits: keep === 1 ? others | SECBIT_KEEP_CAPS : others,
  };
}

/**
 * prctl(PR_CAPBSET_DROP): takes a capability out of the bounding set. EPERM without CAP_SETPCAP, EINVAL
 * for an unknown capability.
 *
 * @see security/commoncap.c, cap_prctl_drop(), v6.12
 */
export function dropBounding(cred: Cred, cap: number): Cred | Refusal<'EINVAL' | 'EPERM'> {
  if (!nsCapable(cred, cred.userNs, CAP_SETPCAP)) return refuse('EPERM', 'needs CAP_SETPCAP');
  if (cap < 0 || cap > CAP_LAST_CAP) return refuse('EINVAL', 'no such capability');
  return { ...cred, capBset: cred.capBset & ~(1n << BigInt(cap)) };
}

/** The operations of prctl(PR_CAP_AMBIENT). */
export type AmbientOperation = 'IS_SET' | 'RAISE' | 'LOWER' | 'CLEAR_ALL';

/**
 * prctl(PR_CAP_AMBIENT) for the operations that change something. RAISE needs the capability permitted
 * and inheritable and no SECBIT_NO_CAP_AMBIENT_RAISE, else EPERM.
 *
 * @see security/commoncap.c, cap_task_prctl(), v6.12
 */
export function changeAmbient(
  cred: Cred,
  operation: 'RAISE' | 'LOWER' | 'CLEAR_ALL',
  cap: number,
): Cred | Refusal<'EINVAL' | 'EPERM'> {
  if (operation === 'CLEAR_ALL') return { ...cred, capAmbient: CAP_EMPTY_SET };
  if (cap < 0 || cap > CAP_LAST_CAP) return refuse('EINVAL', 'no such capability');
  const bit = 1n << BigInt(cap);
  if (operation === 'LOWER') return { ...cred, capAmbient: cred.capAmbient & ~bit };
  const held = capRaised(cred.capPermitted, cap) && capRaised(cred.capInheritable, cap);
  if (!held || (cred.securebits & SECBIT_NO_CAP_AMBIENT_RAISE) !== 0) {
    return refuse('EPERM', 'not both permitted and inheritable, or raising is switched off');
  }
  return { ...cred, capAmbient: cred.capAmbient | bit };
}
