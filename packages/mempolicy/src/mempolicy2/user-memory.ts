// The memory of the caller, as far as the proposed calls read and write it through pointers: a few pages
// at a fixed address, beyond which every access faults.
import { assert } from '@forkless/errors';

const FIRST = 0x10000;
const PAGE = 4096;

/** Memory that pointers lead to. */
export class UserMemory {
  readonly #bytes: Uint8Array;
  #next = FIRST;

  /** `size` bytes, 64 KiB unless given. */
  constructor(size = 65_536) {
    this.#bytes = new Uint8Array(size);
  }

  /** A pointer to `size` fresh bytes, aligned to 8; all of them 0. */
  allocate(size: number): number {
    const pointer = this.#next;
    this.#next += Math.ceil(size / 8) * 8;
    assert(this.#next - FIRST <= this.#bytes.length, 'the user memory is large enough');
    return pointer;
  }

  /** A copy of the bytes at a pointer; null where it faults. */
  read(pointer: number, size: number): Uint8Array | null {
    const at = pointer - FIRST;
    if (at < 0 || at + size > this.#bytes.length) return null;
    return this.#bytes.slice(at, at + size);
  }

  /** Writes bytes at a pointer; false where it faults, and nothing is written then. */
  write(pointer: number, bytes: Uint8Array): boolean {
    const at = pointer - FIRST;
    if (at < 0 || at + bytes.length > this.#bytes.length) return false;
    this.#bytes.set(bytes, at);
    return true;
  }

  /** Starts over: everything allocated is forgotten and 0 again. */
  reset(): void {
    this.#bytes.fill(0);
    this.#next = FIRST;
  }
}

/** Node numbers as a bitmap of whole 64-bit words that has room for `bits`. */
export function bitmapBytes(nodes: Iterable<number>, bits: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits / 64) * 8);
  for (const node of nodes) if (node < bytes.length * 8) bytes[node >> 3]! |= 1 << (node & 7);
  return bytes;
}

/** The node numbers below `bits` in a bitmap. */
export function bitmapNodes(bytes: Uint8Array, bits: number): number[] {
  const nodes: number[] = [];
  for (let node = 0; node < Math.min(bits, bytes.length * 8); node++) {
    if (bytes[node >> 3]! & (1 << (node & 7))) nodes.push(node);
  }
  return nodes;
}

/** The most bytes a struct may have: a page, as for all extensible structs. */
export const STRUCT_BYTES_MAX: number = PAGE;
