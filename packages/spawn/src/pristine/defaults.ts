// What a child has that nobody spelled out. The table is part of the contract: a builder that leaves it
// open is fork with another name.

/** One part of a child. */
export interface PristineDefault {
  readonly part: string;
  /** What it is when nobody says anything. */
  readonly isUnasked: string;
  /** The call of the builder that says something else. */
  readonly grantedBy: string;
}

/** The defaults of a pristine child. */
export const PRISTINE_DEFAULTS: readonly PristineDefault[] = [
  { part: 'descriptors', isUnasked: 'none', grantedBy: 'grantFds' },
  { part: 'memory', isUnasked: 'none until a program is loaded', grantedBy: 'load' },
  { part: 'arguments, environment', isUnasked: 'empty', grantedBy: 'load' },
  { part: 'signal handlers, ignored signals', isUnasked: 'all default', grantedBy: 'setSignals' },
  { part: 'signal mask', isUnasked: 'empty', grantedBy: 'setSignals' },
  { part: 'root and directory', isUnasked: "the maker's", grantedBy: 'setDirectory, remote' },
  { part: 'umask', isUnasked: "the maker's", grantedBy: 'setUmask' },
  { part: 'credentials', isUnasked: "a copy of the maker's", grantedBy: 'setCred (EPERM above)' },
  { part: 'no_new_privs', isUnasked: "the maker's, as it never goes away", grantedBy: 'remote' },
  {
    part: 'limits',
    isUnasked: "the maker's, as a child is no way around them",
    grantedBy: 'remote',
  },
  { part: 'control group', isUnasked: "the maker's", grantedBy: 'setCgroup' },
  { part: 'namespaces', isUnasked: "the maker's", grantedBy: 'setNamespaces (share | new)' },
  { part: 'policy, nice value', isUnasked: 'SCHED_OTHER, 0', grantedBy: 'remote' },
  { part: 'affinity', isUnasked: "the maker's, within the place", grantedBy: 'setAffinity' },
  { part: 'memory policy', isUnasked: 'none', grantedBy: 'setMempolicy' },
  { part: 'group and session', isUnasked: "the maker's", grantedBy: 'setGroup, setSession' },
  { part: 'death signal, subreaper, timers', isUnasked: 'none', grantedBy: 'none' },
];
