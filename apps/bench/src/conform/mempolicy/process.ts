// A process of a scenario: its policy and memory, its files and place. `@forkless/task` will have all of
// this; until then the runner needs just so much.
import { copyHolder, PolicyPlacer, type PolicyHolder } from '@forkless/mempolicy';
import { createMm, exitMm, forkMm, type MemoryObject, type Mm } from '@forkless/mm';
import { assert, isRefusal } from '@forkless/errors';
import type { Cpuset } from './cpusets.ts';

/** A process. */
export class Process {
  readonly pid: number;
  readonly parent: Process | null;
  readonly holder: PolicyHolder;
  readonly files: Map<number, MemoryObject>;
  placer: PolicyPlacer;
  uid: number;
  cpuset: Cpuset;
  /** The CPUs it asked for; null for all. */
  affinity: readonly number[] | null = null;
  /** The signal it died of; 0 after a clean exit; null while it lives. */
  waitStatus: number | null = null;
  /** Whether its walk may have moved on by allocations that recordings do not show. */
  didKernelWork = false;
  #sharesMm = false;

  constructor(pid: number, parent: Process | null, holder: PolicyHolder, cpuset: Cpuset) {
    this.pid = pid;
    this.parent = parent;
    this.holder = holder;
    this.cpuset = cpuset;
    this.uid = parent?.uid ?? 0;
    this.affinity = parent?.affinity ?? null;
    this.files = new Map(parent?.files);
    this.placer = new PolicyPlacer(holder);
    cpuset.tasks.add(this);
  }

  get mm(): Mm {
    return this.holder.mm!;
  }

  /**
   * A child by fork, or with the same memory by clone(CLONE_VM). Its stack moves the walk on before the
   * counters are copied; the parent alone pays for the tables. @see kernel/fork.c, copy_process(), v6.12
   */
  fork(pid: number, sharesMm: boolean): Process {
    const stack = this.placer.takeKernel();
    if (stack >= 0) this.holder.numa.memory.zones.give(stack, 1);
    const holder = copyHolder(this.holder, this.mm);
    if (!sharesMm) {
      const forked = forkMm(this.mm, this.placer);
      assert(!isRefusal(forked), 'a scenario leaves memory for page tables');
      holder.mm = forked.mm;
    }
    const child = new Process(pid, this, holder, this.cpuset);
    child.#sharesMm = sharesMm;
    child.didKernelWork = true;
    this.didKernelWork = true;
    return child;
  }

  /** execve: new memory, the same policy. */
  exec(): void {
    const { memory } = this.mm;
    if (!this.#sharesMm) exitMm(this.mm);
    this.#sharesMm = false;
    this.holder.mm = createMm(memory, this.placer);
    this.didKernelWork = true;
  }

  /** The end, with a wait status. */
  exit(waitStatus: number): void {
    this.waitStatus = waitStatus;
    if (!this.#sharesMm) exitMm(this.mm);
    this.cpuset.tasks.delete(this);
  }
}
