// Modes, flags and limits of the memory-policy calls, with their UAPI names and numbers.

/** Modes. @see include/uapi/linux/mempolicy.h, v6.12 */
export const MPOL = {
  DEFAULT: 0,
  PREFERRED: 1,
  BIND: 2,
  INTERLEAVE: 3,
  LOCAL: 4,
  PREFERRED_MANY: 5,
  WEIGHTED_INTERLEAVE: 6,
} as const;

/** One past the last mode. */
export const MPOL_MAX = 7;

/** A mode. */
export type Mode = (typeof MPOL)[keyof typeof MPOL];

/** Flags or-ed into the mode. */
export const MPOL_F_STATIC_NODES = 1 << 15;
/** The mask counts from the first allowed node. */
export const MPOL_F_RELATIVE_NODES = 1 << 14;
/** Allows NUMA balancing inside the mask. */
export const MPOL_F_NUMA_BALANCING = 1 << 13;
/** All three. */
export const MPOL_MODE_FLAGS = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES | MPOL_F_NUMA_BALANCING;

/** Flags of get_mempolicy. */
export const MPOL_F_NODE = 1;
/** Ask about an address. */
export const MPOL_F_ADDR = 2;
/** Ask for the allowed nodes. */
export const MPOL_F_MEMS_ALLOWED = 4;

/** Flags of mbind, and of move_pages (the two about moving). */
export const MPOL_MF_STRICT = 1;
/** Move pages that only this process maps. */
export const MPOL_MF_MOVE = 2;
/** Move all pages; needs CAP_SYS_NICE. */
export const MPOL_MF_MOVE_ALL = 4;
/** Of the proposed mbind2: the home node counts too. */
export const MPOL_MF_HOME_NODE = 1 << 4;

/** What the kernel keeps as "no node". */
export const NUMA_NO_NODE = -1;

/** A pointer that user space cannot read or write. */
export const BAD_POINTER = 'bad';

/** A node mask as user space passes it: the nodes, NULL, or a pointer that faults. */
export type NodemaskArgument = readonly number[] | null | typeof BAD_POINTER;
