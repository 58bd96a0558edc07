// From ordered file actions to what is pulled and what is done. A child starts with no descriptor of its
// parent. So each action is followed on paper first: a source that no earlier action has made is one of
// the parent's, and is granted; everything else happens in the child's own table.
import type { FileAction, StdioEntry, Text } from './request.ts';
import { step, type StepName } from './step.ts';

/** Where the steps of a child are written down. */
export interface StepWriter {
  add(name: StepName & keyof typeof step, ...operands: number[]): void;
  /** The index of a string that steps refer to. */
  string(text: Text): number;
  /** The index of a descriptor of the parent among the granted ones. */
  granted(fd: number): number;
}

/** The child's table on paper. */
export class TablePlan {
  readonly #writer: StepWriter;
  readonly #copied: boolean;
  /** Number → the child's own, or not there. What is missing is still the parent's of that number. */
  readonly #own = new Map<number, 'own' | 'closed'>();
  /** The lowest number from which on nothing of the parent can be named any more. */
  #closedFrom = Infinity;
  #high = 3;

  /** `copied`: the child has all of the parent's, and must close what it was not granted. */
  constructor(writer: StepWriter, copied: boolean) {
    this.#writer = writer;
    this.#copied = copied;
  }

  /** Above every number that a step names. */
  get high(): number {
    return this.#high;
  }

  /** What is 0, 1, 2, …; a parent's end of a pipe is given by its number. */
  stdio(entries: readonly Exclude<StdioEntry, 'pipe'>[]): void {
    const count = Math.max(3, entries.length);
    for (let fd = 0; fd < count; fd++) this.#use(fd);
    for (let fd = 0; fd < count; fd++) this.#entry(fd, entries[fd] ?? 'ignore');
  }

  #entry(fd: number, entry: 'inherit' | 'ignore' | number): void {
    if (entry === 'ignore') {
      // The helper's own table has /dev/null there already.
      if (fd < 3 && this.#copied) {
        this.#writer.add('open', this.#writer.string('/dev/null'), readWrite, 0, fd);
      }
      this.#own.set(fd, fd < 3 ? 'own' : 'closed');
      return;
    }
    const from = entry === 'inherit' ? fd : entry;
    this.#writer.add('grant', this.#writer.granted(from), fd, fd < 3 ? blocking : 0);
    this.#own.set(fd, 'own');
  }

  /** One action, as posix_spawn orders them. */
  act(action: FileAction): void {
    switch (action.kind) {
      case 'dup2':
        return this.#dup2(action.fd, action.to);
      case 'close':
        this.#use(action.fd);
        // Not the child's own: then it is not there to begin with.
        if (this.#copied || this.#own.get(action.fd) === 'own')
          this.#writer.add('close', action.fd);
        this.#own.set(action.fd, 'closed');
        return;
      case 'open': {
        const { fd, path, flags, mode } = action;
        this.#use(fd);
        this.#writer.add('open', this.#writer.string(path), flags, mode, fd);
        this.#own.set(fd, 'own');
        return;
      }
      case 'chdir':
        return this.#writer.add('chdir', this.#writer.string(action.path));
      case 'fchdir':
        return this.#isParents(action.fd)
          ? this.#writer.add('fchdir', this.#writer.granted(action.fd))
          : this.#writer.add('fchdirOwn', this.#source(action.fd));
      case 'closefrom':
        return this.#closeFrom(action.fd);
      case 'tcsetpgrp':
        return this.#writer.add('tcsetpgrp', this.materialize(action.fd));
    }
  }

  /** Brings a parent's descriptor to its own number in the child, where it ends at exec. */
  materialize(fd: number): number {
    if (!this.#isParents(fd)) return this.#source(fd);
    this.#writer.add('grant', this.#writer.granted(fd), this.#use(fd), closeOnExec);
    this.#own.set(fd, 'own');
    return fd;
  }

  #dup2(from: number, to: number): void {
    this.#use(to);
    if (this.#isParents(from)) this.#writer.add('grant', this.#writer.granted(from), to, 0);
    else this.#writer.add('dup2', this.#source(from), to);
    this.#own.set(to, 'own');
  }

  #closeFrom(first: number): void {
    this.#closedFrom = Math.min(this.#closedFrom, first);
    for (const [fd, state] of this.#own) {
      if (fd < first || state === 'closed') continue;
      this.#writer.add('close', fd);
      this.#own.set(fd, 'closed');
    }
  }

  /** With a copy of the parent's table: closes all that is not the child's own. Call once, at the end. */
  closeRest(): void {
    if (!this.#copied) return;
    const kept = [...this.#own].filter(([, state]) => state === 'own').map(([fd]) => fd);
    let first = 0;
    for (const fd of kept.toSorted((a, b) => a - b)) {
      if (fd > first) this.#writer.add('close_range', first, fd - 1);
      first = fd + 1;
    }
    this.#writer.add('close_range', first, -1);
  }

  #isParents(fd: number): boolean {
    return fd >= 0 && !this.#own.has(fd) && fd < this.#closedFrom;
  }

  /** A number of the child's own, or one that surely gives EBADF. */
  #source(fd: number): number {
    return this.#own.get(fd) === 'own' ? this.#use(fd) : -1;
  }

  #use(fd: number): number {
    if (fd >= this.#high) this.#high = fd + 1;
    return fd;
  }
}

/** O_RDWR. */
const readWrite = 2;

/** How something is granted; see `enum grant_flag` in native/job.h. */
const closeOnExec = 1;
const blocking = 2;
