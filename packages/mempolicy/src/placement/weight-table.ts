// The weight of each node for weighted interleaving, set through sysfs files of one byte each and read
// at every allocation.
import { refuse, type Refusal } from '@forkless/errors';

/** Weights by node; 0 stands for the default, which is 1. @see mm/mempolicy.c, iw_table, v6.12 */
export class WeightTable {
  readonly #weights: Uint8Array;
  #version = 0;

  constructor(nodeIdCount: number) {
    this.#weights = new Uint8Array(nodeIdCount);
  }

  /** Grows with every change, so that sums can be kept. */
  get version(): number {
    return this.#version;
  }

  /** The weight of a node, at least 1. O(1). @see mm/mempolicy.c, get_il_weight(), v6.12 */
  weight(node: number): number {
    const weight = this.#weights[node] ?? 0;
    return weight === 0 ? 1 : weight;
  }

  /** Sets a weight from 0 (the default) to 255. */
  set(node: number, weight: number): void {
    this.#weights[node] = weight;
    this.#version++;
  }

  /** What the sysfs file of a node reads, undefined where there is no file. */
  read(node: number): string | undefined {
    return node < this.#weights.length ? `${this.weight(node)}\n` : undefined;
  }

  /** A write to the sysfs file of a node. ENOENT without a file, EINVAL unless 0 … 255. @see node_store(), v6.12 */
  write(node: number, text: string): 0 | Refusal<'EINVAL' | 'ENOENT'> {
    if (!(node < this.#weights.length)) return refuse('ENOENT', 'the node is not possible');
    const weight = text === '' || text === '\n' ? 0 : parseByte(text);
    if (weight === undefined) return refuse('EINVAL', 'not a number from 0 to 255');
    this.set(node, weight);
    return 0;
  }
}

/** @see lib/kstrtox.c, kstrtou8() with base 0, v6.12 */
function parseByte(text: string): number | undefined {
  const digits = text.replace(/\n$/, '').replace(/^\+/, '');
  const value = /^0[xX][0-9a-fA-F]+$/.test(digits)
    ? Number.parseInt(digits, 16)
    : /^0[0-7]*$/.test(digits)
      ? Number.parseInt(digits, 8)
      : /^[1-9][0-9]*$/.test(digits)
        ? Number(digits)
        : undefined;
  return value === undefined || value > 255 ? undefined : value;
}
