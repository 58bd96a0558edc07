// From a synthetic description to a tree: objects level by level, each made after those below it.
import { Bitmap } from '@forkless/bitmap';
import { ConfigError } from '@forkless/errors';
import { checkBudget, checkNodeCount, ID_MAX } from '../machine/bounds.ts';
import { type Machine } from '../machine/machine.ts';
import { machineOfTree } from '../machine/machine-of-tree.ts';
import type { Warn } from '../tree/insert.ts';
import { isCacheType } from '../tree/object-type.ts';
import type { ObjectTree } from '../tree/object-tree.ts';
import { TreeBuilder } from '../tree/tree-builder.ts';
import { GROUP_KIND, type TopologyObject } from '../tree/topology-object.ts';
import { resolveIndexes } from './indexes.ts';
import {
  parseSynthetic,
  type SyntheticDescription,
  type SyntheticLevel,
} from './parse-synthetic.ts';

/**
 * Reads a synthetic description such as "pack:2 [numa(memory=64GB)] l3:4 core:8 pu:2". Throws a
 * ConfigError where hwloc refuses it; indexes that hwloc ignores are ignored with a warning.
 * O(objects × depth).
 *
 * @see https://www.open-mpi.org/projects/hwloc/doc/v2.9.0/a00360.php
 */
export function readSynthetic(text: string): Machine {
  const warnings: string[] = [];
  const tree = buildSynthetic(text, (message) => warnings.push(message));
  return machineOfTree({ name: text, tree, warnings });
}

/** Adds to a tree what a description cannot say, before the tree is finished. */
type Decorate = (builder: TreeBuilder, nodes: readonly TopologyObject[]) => void;

/** The tree of a description alone. */
export function buildSynthetic(text: string, warn: Warn, decorate?: Decorate): ObjectTree {
  return new SyntheticReader(parseSynthetic(text), text, warn).read(decorate);
}

class SyntheticReader {
  readonly #levels: readonly SyntheticLevel[];
  readonly #indexes: (readonly number[] | undefined)[];
  readonly #attachedIndexes: readonly number[] | undefined;
  readonly #next: number[];
  readonly #builder: TreeBuilder;
  readonly #text: string;
  readonly #nodes: TopologyObject[] = [];
  #attachedNext = 0;

  constructor({ levels, attachedIndexes }: SyntheticDescription, text: string, warn: Warn) {
    this.#levels = levels;
    this.#text = text;
    const resolve = (indexes: string | undefined, total: number) => {
      const resolved = indexes === undefined ? undefined : resolveIndexes(indexes, total, levels);
      if (typeof resolved !== 'string') return resolved;
      warn(`indexes are ignored: ${resolved}`);
      return undefined;
    };
    this.#indexes = levels.map(({ indexes, width }) => resolve(indexes, width));
    const attached = levels.reduce((sum, one) => sum + one.width * one.attachedBytes.length, 0);
    this.#attachedIndexes = resolve(attachedIndexes, attached);
    this.#next = levels.map(() => 0);
    const nodeLevel = levels.findIndex(({ type }) => type === 'NUMANode');
    checkNodeCount(nodeLevel < 0 ? attached : levels[nodeLevel]!.width, 'synthetic description');
    const cpuWidth = widthFor(this.#indexes.at(-1), levels.at(-1)!.width);
    const nodeWidth =
      nodeLevel < 0
        ? widthFor(this.#attachedIndexes, attached)
        : widthFor(this.#indexes[nodeLevel], levels[nodeLevel]!.width);
    const objects = levels.reduce((sum, { width }) => sum + width, attached);
    checkBudget(objects, { cpuWidth, nodeWidth }, 'synthetic description');
    this.#builder = new TreeBuilder(cpuWidth, nodeWidth, warn);
  }

  read(decorate: Decorate | undefined): ObjectTree {
    const all = new Bitmap(this.#builder.cpuWidth);
    if (this.#levels.length > 1) this.#readChildren(0, all);
    this.#attach(this.#levels[0]!, all);
    this.#builder.root.infos.push(['Backend', 'Synthetic'], ['SyntheticDescription', this.#text]);
    decorate?.(this.#builder, this.#nodes);
    return this.#builder.finish();
  }

  #readChildren(depth: number, parentSet: Bitmap): void {
    const { arity } = this.#levels[depth + 1]!;
    for (let i = 0; i < arity; i++) this.#readObject(depth + 1, parentSet);
  }

  #readObject(depth: number, parentSet: Bitmap): void {
    const level = this.#levels[depth]!;
    const set = new Bitmap(this.#builder.cpuWidth);
    const osIndex = this.#nextIndex(depth, level);
    if (depth === this.#levels.length - 1) set.set(osIndex);
    else this.#readChildren(depth, set);
    parentSet.or(parentSet, set);
    this.#insert(level, osIndex, set.clone());
    this.#attach(level, set);
  }

  #nextIndex(depth: number, { type }: SyntheticLevel): number {
    const place = this.#next[depth]!++;
    const indexes = this.#indexes[depth];
    if (indexes !== undefined) return indexes[place]!;
    return type === 'Group' || isCacheType(type!) ? -1 : place;
  }

  #insert(level: SyntheticLevel, osIndex: number, set: Bitmap): void {
    const object =
      level.type === 'NUMANode'
        ? this.#builder.createMemory('NUMANode', osIndex, set)
        : this.#builder.create(level.type!, osIndex, set);
    setAttributes(object, level);
    this.#keep(this.#builder.insert(object));
  }

  #attach({ attachedBytes }: SyntheticLevel, set: Bitmap): void {
    for (const sizeBytes of attachedBytes) {
      const place = this.#attachedNext++;
      const osIndex = this.#attachedIndexes?.[place] ?? place;
      const node = this.#builder.createMemory('NUMANode', osIndex, set.clone());
      node.memory = memoryOf(sizeBytes);
      this.#keep(this.#builder.insert(node));
    }
  }

  #keep(object: TopologyObject | undefined): void {
    if (object?.type === 'NUMANode') this.#nodes.push(object);
  }
}

function widthFor(indexes: readonly number[] | undefined, count: number): number {
  const highest = indexes === undefined ? count - 1 : Math.max(...indexes);
  if (highest > ID_MAX) {
    throw new ConfigError(
      `synthetic description: found index ${highest}, expected at most ${ID_MAX}`,
    );
  }
  return highest + 1;
}

function setAttributes(object: TopologyObject, level: SyntheticLevel): void {
  if (object.type === 'NUMANode') object.memory = memoryOf(level.sizeBytes);
  else if (object.type === 'Group') {
    const subkind = (level.groupDepth - 1) >>> 0;
    object.group = { kind: GROUP_KIND.synthetic, subkind, dontMerge: false, depth: -1 };
  } else if (isCacheType(object.type)) {
    object.cache = {
      sizeBytes: level.sizeBytes,
      lineBytes: 64,
      ways: 0,
      level: level.cacheLevel,
      kind: level.cacheKind,
    };
  }
}

function memoryOf(sizeBytes: number): TopologyObject['memory'] {
  return {
    localBytes: sizeBytes,
    pageTypes: [{ sizeBytes: 4096, count: Math.floor(sizeBytes / 4096) }],
  };
}
