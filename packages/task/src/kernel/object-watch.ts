// Which kernel objects are made on which node: whoever watches is asked for the node of each and told of
// it. Nobody watches as a rule, and then nothing of this costs anything.

import type { FsObject } from '../fs/fs-struct.ts';
import { path, change, type Path, type PathNode, type SlabStep } from '@forkless/sim';
import type { MemoryObject, Placer, Vma } from '@forkless/mm';

/** What is being made: a task, or the memory and files of a new program. */
export type ObjectPhase = 'clone' | 'exec' | 'files' | 'run';

/** Objects of one kind. */
export interface MadeObjects {
  /** The slab cache, or `page table`, `page`, `file page`, `thread_stack`. */
  readonly kind: string;
  /** Of one object. */
  readonly bytes: number;
  readonly count: number;
  readonly node: number;
  readonly phase: ObjectPhase;
}

/** Who watches. */
export interface ObjectWatch {
  /** The node an object is asked from when the one who asks runs on `running`. */
  nodeOf(kind: string, running: number, phase: ObjectPhase): number;
  /** Objects were made. */
  made(objects: MadeObjects): void;
  /** Objects of that kind, those made last, were given back. */
  freed(kind: string, count: number): void;
  /** An exec begins to make a memory; the one there was goes with `memoryReplaced`. */
  execBegins(): void;
  /** The last user of the old memory has gone over to the new one. */
  memoryReplaced(): void;
}

/** Who makes objects at the moment: who is told, if anybody, and where the maker runs. */
export interface Making {
  readonly watch: ObjectWatch | undefined;
  readonly running: number;
}

/** The path with a word to the watch after each object that it makes or gives back. O(steps). */
export function watchedPath<S>(
  plain: Path<S>,
  phase: ObjectPhase,
  makingOf: (state: S) => Making,
): Path<S> {
  const all = (nodes: readonly PathNode<S>[]): PathNode<S>[] => nodes.flatMap(one);
  const one = (node: PathNode<S>): PathNode<S>[] => {
    switch (node.kind) {
      case 'when':
        return [{ ...node, body: all(node.body) }];
      case 'attempt':
        return [{ ...node, body: all(node.body), cleanup: all(node.cleanup) }];
      case 'slabAlloc':
      case 'slabFree':
        return [node, toldOf(node, phase, makingOf)];
      default:
        return [node];
    }
  };
  return path(plain.name, ...all(plain.nodes));
}

function toldOf<S>(
  { kind, cache, bytes, count }: SlabStep<S>,
  phase: ObjectPhase,
  makingOf: (state: S) => Making,
): PathNode<S> {
  return change(`note ${cache}`, (state, cpu) => {
    const { watch, running } = makingOf(state);
    const objectCount = typeof count === 'number' ? count : count(state, cpu);
    if (watch === undefined || objectCount === 0) return;
    if (kind === 'slabFree') {
      watch.freed(cache, objectCount);
      return;
    }
    const node = watch.nodeOf(cache, running, phase);
    watch.made({ kind: cache, bytes, count: objectCount, node, phase });
  });
}

const PAGE_BYTES = 4096;

/** What a walk can find missing from the caches. CAL: sizes of 6.18.44 on x86-64, an inode of ext4. */
const FOUND_BYTES: Readonly<Record<FsObject, number>> = { dentry: 192, inode: 1128, filp: 192 };

/** Tells a watch what a walk allocates; files that exec opens are steps of its path. */
export function foundBy(
  watch: ObjectWatch,
  phase: ObjectPhase,
): (object: FsObject, node: number) => void {
  return (kind, node) => {
    if (kind === 'filp' && phase === 'exec') return;
    watch.made({ kind, bytes: FOUND_BYTES[kind], count: 1, node, phase });
  };
}

/** The node that new entries of the caches go to when the walk runs on `running`. */
export function lookupNode(
  kernel: { readonly objects: ObjectWatch | undefined },
  running: number,
  phase: ObjectPhase,
): number {
  return kernel.objects?.nodeOf('dentry', running, phase) ?? running;
}

/** Takes pages where the watch wants them, and tells it what was taken. */
export class WatchedPlacer implements Placer {
  readonly #watch: ObjectWatch;
  readonly #running: number;
  readonly #phase: ObjectPhase;
  readonly #placerAt: (node: number) => Placer;

  constructor(
    watch: ObjectWatch,
    running: number,
    phase: ObjectPhase,
    placerAt: (node: number) => Placer,
  ) {
    this.#watch = watch;
    this.#running = running;
    this.#phase = phase;
    this.#placerAt = placerAt;
  }

  takePrivate(vma: Vma, page: number, pages: 1 | 512): number {
    return this.#take('page', pages, (placer) => placer.takePrivate(vma, page, pages));
  }

  takeShared(object: MemoryObject, index: number): number {
    const kind = object.kind === 'page-cache' ? 'file page' : 'page';
    return this.#take(kind, 1, (placer) => placer.takeShared(object, index));
  }

  takeKernel(): number {
    return this.#take('page table', 1, (placer) => placer.takeKernel());
  }

  #take(kind: string, count: number, take: (placer: Placer) => number): number {
    const wanted = this.#watch.nodeOf(kind, this.#running, this.#phase);
    const node = take(this.#placerAt(wanted));
    if (node >= 0) {
      this.#watch.made({ kind, bytes: PAGE_BYTES, count, node, phase: this.#phase });
    }
    return node;
  }
}
