// The load of the measurement, a kernel build: make starts jobs, each a shell with a compiler driver that
// runs compiler and assembler, and the small tools of every object. Events in order of time, ties by
// number, all chance from one stream.

import { RandomStreams } from '@forkless/sim';
import { Scheduler, type SchedulerRules } from './scheduler.ts';
import { StackCaches, type StackCounts, type StackRule } from './stack-cache.ts';

/** A process of a job: how long it computes, and whom it runs meanwhile, one after the other. */
interface JobNode {
  /** Mean time in µs, in equal parts before, between and after its children and waits. */
  readonly us: number;
  readonly children: readonly JobNode[];
  /** Times it waits for a file or a pipe. */
  readonly waits: number;
}

const leaf = (us: number, waits: number): JobNode => ({ us, children: [], waits });

/**
 * One object of a kernel build. CAL: orders of magnitude of a build of Linux 6.x; only their proportions
 * matter here.
 */
const OBJECT: JobNode = {
  us: 1_500,
  waits: 0,
  children: [
    { us: 1_500, waits: 0, children: [leaf(250_000, 12), leaf(15_000, 6)] },
    leaf(2_500, 1),
    leaf(8_000, 2),
    leaf(900, 0),
  ],
};
/** make itself, for each job it starts, and a wait for a file or a pipe, in µs. */
const MAKE_US = 1_500;
const WAIT_US = 2_000;
/** From fork to exec, in µs. */
const EXEC_US = 60;

/** What is run. */
export interface BuildLoad {
  /** The node of each CPU. */
  readonly nodeOf: readonly number[];
  readonly jobs: number;
  readonly objectCount: number;
  readonly rules: SchedulerRules;
  readonly stackRule: StackRule;
  /** Exec looks for the idlest CPU once more, as fork does. */
  readonly balancesExec: boolean;
  readonly seed: number;
}

interface Process {
  readonly id: number;
  readonly node: JobNode;
  readonly parent: Process | undefined;
  readonly stack: number;
  cpu: number;
  /** Bursts done since its exec; −1 before it. */
  stage: number;
  isWaiting: boolean;
}

/** Runs a build and counts what became of the stacks. O(processes · CPUs). */
export function runBuild(load: BuildLoad): StackCounts {
  return new Build(load).run();
}

class Build {
  readonly #load: BuildLoad;
  readonly #scheduler: Scheduler<Process>;
  readonly #stacks: StackCaches;
  readonly #random: RandomStreams;
  /** Ends of bursts and waits under way, ordered when taken. */
  readonly #ends: { readonly at: number; readonly process: Process }[] = [];
  readonly #make: Process;
  #makeSleeps = false;
  #now = 0;
  #started = 0;
  #live = 0;
  #nextId = 0;

  constructor(load: BuildLoad) {
    this.#load = load;
    this.#scheduler = new Scheduler(load.nodeOf, load.rules);
    this.#stacks = new StackCaches(load.nodeOf.length, load.stackRule);
    this.#random = new RandomStreams(load.seed, 1);
    const node = { us: MAKE_US, children: [], waits: 0 };
    this.#make = this.#process(node, undefined, load.nodeOf[0]!, 0);
  }

  run(): StackCounts {
    this.#runOn(0, this.#make);
    for (let end = this.#takeEnd(); end !== undefined; end = this.#takeEnd()) {
      this.#now = end.at;
      const { process } = end;
      if (process.isWaiting) {
        process.isWaiting = false;
        this.#runOn(this.#scheduler.nearby(process.cpu), process);
      } else if (process === this.#make) {
        this.#makeForks();
      } else {
        this.#burstEnds(process);
      }
    }
    return this.#stacks.counts;
  }

  #process(node: JobNode, parent: Process | undefined, stack: number, cpu: number): Process {
    return { id: this.#nextId++, node, parent, stack, cpu, stage: -1, isWaiting: false };
  }

  /** make starts one job and goes on, or sleeps once there are enough. */
  #makeForks(): void {
    const { jobs, objectCount } = this.#load;
    if (this.#live < jobs && this.#started < objectCount) {
      this.#started++;
      this.#live++;
      this.#fork(OBJECT, undefined, this.#make.cpu);
    }
    this.#makeSleeps = this.#live >= jobs || this.#started >= objectCount;
    if (this.#makeSleeps) this.#leave(this.#make);
    else this.#begin(this.#make);
  }

  #fork(node: JobNode, parent: Process | undefined, cpu: number): void {
    const stack = this.#stacks.alloc(cpu, this.#scheduler.nodeOf(cpu));
    const target = this.#scheduler.idlest(cpu, false);
    this.#runOn(target, this.#process(node, parent, stack, target));
  }

  #runOn(cpu: number, process: Process): void {
    process.cpu = cpu;
    if (this.#scheduler.put(cpu, process)) this.#begin(process);
  }

  #begin(process: Process): void {
    const { us, children, waits } = process.node;
    const isExec = process.stage < 0 && process !== this.#make;
    this.#endAfter(process, isExec ? EXEC_US : us / (children.length + waits + 1));
  }

  #endAfter(process: Process, meanUs: number): void {
    const ns = Math.max(1, Math.round(1000 * meanUs * this.#random.nextExponential(0)));
    this.#ends.push({ at: this.#now + ns, process });
  }

  #takeEnd(): { readonly at: number; readonly process: Process } | undefined {
    let first = 0;
    for (let index = 1; index < this.#ends.length; index++) {
      const one = this.#ends[index]!;
      const best = this.#ends[first]!;
      if (one.at < best.at || (one.at === best.at && one.process.id < best.process.id)) {
        first = index;
      }
    }
    return this.#ends.splice(first, 1)[0];
  }

  #burstEnds(process: Process): void {
    const stage = process.stage++;
    const { children, waits } = process.node;
    if (stage < 0) this.#exec(process);
    else if (stage < children.length) {
      this.#fork(children[stage]!, process, process.cpu);
      this.#leave(process);
    } else if (stage < children.length + waits) {
      process.isWaiting = true;
      this.#leave(process);
      this.#endAfter(process, WAIT_US);
    } else this.#exit(process);
  }

  /** The task has hardly any memory yet, so it is moved if another CPU is idler. */
  #exec(process: Process): void {
    const { cpu } = process;
    const target = this.#load.balancesExec ? this.#scheduler.idlest(cpu, true) : cpu;
    if (target === cpu) {
      this.#begin(process);
      return;
    }
    this.#leave(process);
    this.#runOn(target, process);
  }

  #leave({ cpu }: Process): void {
    const next = this.#scheduler.leave(cpu);
    if (next === undefined) return;
    next.cpu = cpu;
    this.#begin(next);
  }

  #exit(process: Process): void {
    const { cpu, parent, stack } = process;
    this.#stacks.free(cpu, this.#scheduler.nodeOf(cpu), stack);
    this.#leave(process);
    if (parent !== undefined) {
      this.#runOn(this.#scheduler.nearby(parent.cpu), parent);
      return;
    }
    this.#live--;
    if (this.#makeSleeps && this.#started < this.#load.objectCount) {
      this.#makeSleeps = false;
      this.#runOn(this.#scheduler.nearby(this.#make.cpu), this.#make);
    }
  }
}
