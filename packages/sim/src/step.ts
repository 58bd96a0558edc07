// The steps a kernel path is made of. A step is plain data with a name; what it means is decided by
// whoever takes the list: executed at once, timed on virtual CPUs, printed, or compared.

import type { Refusal } from '@forkless/errors';

/** Which member of a group (of locks, of cache lines) a step means: fixed, or read from the state. */
export type Index<S> = number | ((state: S, cpu: number) => number);

/** How many objects a step makes, or how many times it does its work. */
export type Count<S> = number | ((state: S, cpu: number) => number);

/** How a waiting time is spread about its mean. `uniform` is even over [0.5, 1.5] means. */
export type Spread = 'fixed' | 'uniform' | 'exponential';

/** Takes or gives back a lock of a group. */
export interface LockStep<S> {
  readonly kind: 'lock' | 'unlock';
  readonly name: string;
  readonly group: string;
  readonly index: Index<S>;
}

/** Reads or writes one cache line of a group. A write needs the line alone, as an atomic does. */
export interface TouchStep<S> {
  readonly kind: 'read' | 'write';
  readonly name: string;
  readonly group: string;
  readonly index: Index<S>;
}

/** Reads or writes the lines that the state names, one after another. */
export interface TouchEachStep<S> {
  readonly kind: 'readEach' | 'writeEach';
  readonly name: string;
  readonly group: string;
  /** The lines, in order; read at once and not kept, so an array may be used again. */
  readonly indices: (state: S, cpu: number) => readonly number[];
}

/** Computes for `times` times the figure of the cost profile. */
export interface WorkStep<S> {
  readonly kind: 'work';
  readonly name: string;
  readonly figure: string;
  readonly times: Count<S>;
}

/** Is away for a random time with the figure as its mean: work nobody else has to wait for. */
export interface WaitStep {
  readonly kind: 'wait';
  readonly name: string;
  readonly figure: string;
  readonly spread: Spread;
}

/**
 * Computes under a memoryless lock for an exponential time whose mean is the figure plus what passing
 * the lock on costs with the queue of the moment, as a birth–death chain has it.
 */
export interface HoldStep {
  readonly kind: 'hold';
  readonly name: string;
  readonly group: string;
  readonly figure: string;
}

/** Allocates or frees objects of a slab cache on the CPU's own node, or on `node`. */
export interface SlabStep<S> {
  readonly kind: 'slabAlloc' | 'slabFree';
  readonly name: string;
  readonly cache: string;
  readonly bytes: number;
  readonly count: Count<S>;
  readonly node: Index<S> | undefined;
}

/** Changes the state, at once and without cost; may refuse, having changed nothing. */
export interface ChangeStep<S> {
  readonly kind: 'change';
  readonly name: string;
  readonly run: (state: S, cpu: number) => Refusal | void;
}

/** Marks that a unit of work is done, so that throughput can be counted. */
export interface DoneStep {
  readonly kind: 'done';
  readonly name: string;
}

/** Any step that is not composed of others. */
export type Step<S> =
  | LockStep<S>
  | TouchStep<S>
  | TouchEachStep<S>
  | WorkStep<S>
  | WaitStep
  | HoldStep
  | SlabStep<S>
  | ChangeStep<S>
  | DoneStep;

/** Takes lock `index` of the group `group`; waits its turn when another CPU holds it. */
export function lock<S>(group: string, index: Index<S> = 0): LockStep<S> {
  return { kind: 'lock', name: `lock ${group}`, group, index };
}

/** Gives the lock back; the CPU that waits longest gets it. */
export function unlock<S>(group: string, index: Index<S> = 0): LockStep<S> {
  return { kind: 'unlock', name: `unlock ${group}`, group, index };
}

/** Reads a cache line. */
export function read<S>(group: string, index: Index<S> = 0): TouchStep<S> {
  return { kind: 'read', name: `read ${group}`, group, index };
}

/** Writes a cache line, or changes it atomically. */
export function write<S>(group: string, index: Index<S> = 0): TouchStep<S> {
  return { kind: 'write', name: `write ${group}`, group, index };
}

/** Reads the lines that `indices` names when the step comes up. */
export function readEach<S>(group: string, indices: TouchEachStep<S>['indices']): TouchEachStep<S> {
  return { kind: 'readEach', name: `read ${group}…`, group, indices };
}

/** Writes the lines that `indices` names when the step comes up. */
export function writeEach<S>(
  group: string,
  indices: TouchEachStep<S>['indices'],
): TouchEachStep<S> {
  return { kind: 'writeEach', name: `write ${group}…`, group, indices };
}

/** Computes for the time of a figure, `times` times. */
export function work<S>(name: string, figure: string, times: Count<S> = 1): WorkStep<S> {
  return { kind: 'work', name, figure, times };
}

/** Is away for a random time about the figure. */
export function wait(name: string, figure: string, spread: Spread): WaitStep {
  return { kind: 'wait', name, figure, spread };
}

/** Computes under lock 0 of a memoryless group; see `HoldStep`. */
export function hold(name: string, group: string, figure: string): HoldStep {
  return { kind: 'hold', name, group, figure };
}

/** What `slabAlloc` and `slabFree` can be told besides the cache. */
export interface SlabOptions<S> {
  /** The object's size in bytes. */
  readonly bytes: number;
  /** How many objects; 1 when left out. */
  readonly count?: Count<S>;
  /** The node; the node of the CPU that runs the step when left out. */
  readonly node?: Index<S>;
}

/** Allocates objects from a slab cache. */
export function slabAlloc<S>(cache: string, options: SlabOptions<S>): SlabStep<S> {
  return slab('slabAlloc', `allocate ${cache}`, cache, options);
}

/** Gives objects back to a slab cache. */
export function slabFree<S>(cache: string, options: SlabOptions<S>): SlabStep<S> {
  return slab('slabFree', `free ${cache}`, cache, options);
}

function slab<S>(
  kind: SlabStep<S>['kind'],
  name: string,
  cache: string,
  { bytes, count = 1, node }: SlabOptions<S>,
): SlabStep<S> {
  return { kind, name, cache, bytes, count, node };
}

/** Changes the state; what it returns, when it returns anything, is a refusal. */
export function change<S>(name: string, run: ChangeStep<S>['run']): ChangeStep<S> {
  return { kind: 'change', name, run };
}

/** Marks one unit of work as done. */
export function done(name: string): DoneStep {
  return { kind: 'done', name };
}
