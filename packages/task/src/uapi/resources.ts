// Resource limits: their numbers, the value that means none, and what a new machine starts with.

/** Numbers of the limits. @see include/uapi/asm-generic/resource.h */
export const RLIMITS = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
} as const;

/** Name of a limit. */
export type RlimitName = keyof typeof RLIMITS;

/** Names by number. */
export const RLIMIT_NAMES = Object.keys(RLIMITS) as readonly RlimitName[];

/** No limit. The kernel's ~0 does not fit a double; nothing else compares above every count. */
export const RLIM_INFINITY = Number.POSITIVE_INFINITY;

/** A soft limit with the hard one that bounds it. */
export interface Rlimit {
  readonly cur: number;
  readonly max: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * The limits of the first process. NPROC and SIGPENDING follow from the machine's memory there: half of
 * the thread limit.
 * @see include/asm-generic/resource.h, INIT_RLIMITS; kernel/fork.c, fork_init(), v6.12
 */
export function initialRlimits(threadsMax: number): Rlimit[] {
  const none: Rlimit = { cur: RLIM_INFINITY, max: RLIM_INFINITY };
  const limits: Partial<Record<RlimitName, Rlimit>> = {
    RLIMIT_STACK: { cur: 8 * MIB, max: RLIM_INFINITY },
    RLIMIT_CORE: { cur: 0, max: RLIM_INFINITY },
    RLIMIT_NPROC: { cur: threadsMax / 2, max: threadsMax / 2 },
    RLIMIT_NOFILE: { cur: 1024, max: 4096 },
    RLIMIT_MEMLOCK: { cur: 8 * MIB, max: 8 * MIB },
    RLIMIT_SIGPENDING: { cur: threadsMax / 2, max: threadsMax / 2 },
    RLIMIT_MSGQUEUE: { cur: 819_200, max: 819_200 },
    RLIMIT_NICE: { cur: 0, max: 0 },
    RLIMIT_RTPRIO: { cur: 0, max: 0 },
  };
  return RLIMIT_NAMES.map((name) => limits[name] ?? none);
}
