// Where the proposals differ, and where they left a question open: each answer is a switch, and a dialect is
// a set of them.

/** One reading of the proposals. */
export interface Dialect {
  readonly name: string;
  /** Bytes of the struct the kernel knows: 24 (no weights), 32 (v6) or 56 (with the seed's outputs). */
  readonly structBytes: 24 | 32 | 56;
  /** Whether every error of copying the struct in mbind2 and the get calls becomes EINVAL, as v6 has it. */
  readonly foldsCopyErrors: boolean;
  /** Whether weights may be given with INTERLEAVE, which is then weighted; else only with mode 6. */
  readonly interleaveTakesWeights: boolean;
  /** Whether asking for a mapping's node brings its page in, as the old call does. */
  readonly faultsIn: boolean;
}

/**
 * `seed` is the plan of the summary mail with this project's answers to its open questions; `v6` is the
 * last series that was posted.
 */
export const dialects = {
  seed: {
    name: 'seed',
    structBytes: 56,
    foldsCopyErrors: false,
    interleaveTakesWeights: false,
    faultsIn: false,
  },
  v6: {
    name: 'v6',
    structBytes: 32,
    foldsCopyErrors: true,
    interleaveTakesWeights: false,
    faultsIn: false,
  },
} as const satisfies Readonly<Record<string, Dialect>>;
