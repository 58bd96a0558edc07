// What differs between kernel versions in making and ending processes. A new version, or a proposal,
// is a new row.

import { PID_KERNELS, type PidKernel } from '@forkless/pid';
import { CLONE3_FLAGS } from '../uapi/clone-flags.ts';

/** The kernels that are known. */
export type KernelName = '6.12' | '6.18' | '7.0' | '7.1';

/** The switches of a kernel. */
export interface KernelPreset {
  readonly name: KernelName;
  readonly pid: PidKernel;
  /** Flags above bit 31 that clone3 takes. */
  readonly clone3Flags: bigint;
  /** A pid namespace below the initial one has a pid_max of its own, the largest at first. */
  readonly pidMaxPerNamespace: boolean;
}

const SINCE_5_7 = CLONE3_FLAGS.CLONE_CLEAR_SIGHAND | CLONE3_FLAGS.CLONE_INTO_CGROUP;
const SINCE_7_1 =
  SINCE_5_7 |
  CLONE3_FLAGS.CLONE_AUTOREAP |
  CLONE3_FLAGS.CLONE_NNP |
  CLONE3_FLAGS.CLONE_PIDFD_AUTOKILL |
  CLONE3_FLAGS.CLONE_EMPTY_MNTNS;

const { '6.18': oldPids, '7.0': newPids } = PID_KERNELS;

/** The known kernels by name. @see kernel/fork.c, kernel/pid.c at each version */
export const KERNELS: Readonly<Record<KernelName, KernelPreset>> = {
  '6.12': { name: '6.12', pid: oldPids, clone3Flags: SINCE_5_7, pidMaxPerNamespace: false },
  '6.18': { name: '6.18', pid: oldPids, clone3Flags: SINCE_5_7, pidMaxPerNamespace: true },
  '7.0': { name: '7.0', pid: newPids, clone3Flags: SINCE_5_7, pidMaxPerNamespace: true },
  '7.1': { name: '7.1', pid: newPids, clone3Flags: SINCE_7_1, pidMaxPerNamespace: true },
};
