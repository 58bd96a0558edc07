// The clone flags of the UAPI by name, for the hexadecimal that tracepoints print.

/** @see include/uapi/linux/sched.h, v6.12 */
const NAMES: readonly (readonly [bit: number, name: string])[] = [
  [0x00000080, 'CLONE_NEWTIME'],
  [0x00000100, 'CLONE_VM'],
  [0x00000200, 'CLONE_FS'],
  [0x00000400, 'CLONE_FILES'],
  [0x00000800, 'CLONE_SIGHAND'],
  [0x00001000, 'CLONE_PIDFD'],
  [0x00002000, 'CLONE_PTRACE'],
  [0x00004000, 'CLONE_VFORK'],
  [0x00008000, 'CLONE_PARENT'],
  [0x00010000, 'CLONE_THREAD'],
  [0x00020000, 'CLONE_NEWNS'],
  [0x00040000, 'CLONE_SYSVSEM'],
  [0x00080000, 'CLONE_SETTLS'],
  [0x00100000, 'CLONE_PARENT_SETTID'],
  [0x00200000, 'CLONE_CHILD_CLEARTID'],
  [0x00400000, 'CLONE_DETACHED'],
  [0x00800000, 'CLONE_UNTRACED'],
  [0x01000000, 'CLONE_CHILD_SETTID'],
  [0x02000000, 'CLONE_NEWCGROUP'],
  [0x04000000, 'CLONE_NEWUTS'],
  [0x08000000, 'CLONE_NEWIPC'],
  [0x10000000, 'CLONE_NEWUSER'],
  [0x20000000, 'CLONE_NEWPID'],
  [0x40000000, 'CLONE_NEWNET'],
  [0x80000000, 'CLONE_IO'],
  [0x1_0000_0000, 'CLONE_CLEAR_SIGHAND'],
  [0x2_0000_0000, 'CLONE_INTO_CGROUP'],
];

/** `"4100"` → `["CLONE_VM", "CLONE_VFORK"]`; bits without a name are left out. */
export function cloneFlagNames(hex: string): string[] {
  const flags = BigInt(/^[0-9a-f]{1,16}$/i.test(hex) ? `0x${hex}` : 0);
  return NAMES.filter(([bit]) => (flags & BigInt(bit)) !== 0n).map(([, name]) => name);
}

/** Whether hexadecimal flags have CLONE_THREAD: its bit lies in the fifth digit from the right. */
export function isThreadHex(hex: string): boolean {
  const digit = Number.parseInt(hex.at(-5) ?? '0', 16);
  return (digit & 1) === 1;
}
