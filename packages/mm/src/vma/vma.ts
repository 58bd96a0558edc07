// One mapping of a process: a range of addresses, what may be done with it, what it maps and from which
// page on, and the policy it may carry.
import { PAGE_SIZE } from '../layout.ts';
import type { MemoryObject } from '../physical/memory-object.ts';
import { VM } from '../uapi.ts';
import type { AnonVma, AnonVmaHolder } from './anon-vma.ts';
import type { VmaPolicy } from './vma-policy.ts';

/** What a new mapping is made of. */
export interface VmaParts {
  /** First byte. */
  readonly start: number;
  /** First byte after it. */
  readonly end: number;
  /** `VM` bits. */
  readonly flags: number;
  /** Page of the object that `start` maps; start / 4096 for private anonymous memory. */
  readonly pageOffset: number;
  /** What is mapped; null for private anonymous memory. */
  readonly object: MemoryObject | null;
  readonly policy: VmaPolicy | null;
  /** A name of its own, such as `[heap]`, or empty; mappings with different names do not merge. */
  readonly name: string;
}

/** A mapping. @see include/linux/mm_types.h, struct vm_area_struct, v6.12 */
export class Vma implements AnonVmaHolder {
  start: number;
  end: number;
  flags: number;
  pageOffset: number;
  readonly object: MemoryObject | null;
  readonly name: string;
  policy: VmaPolicy | null;
  anonVma: AnonVma | null = null;
  anonVmaChain: AnonVma[] = [];

  constructor(parts: VmaParts) {
    this.start = parts.start;
    this.end = parts.end;
    this.flags = parts.flags;
    this.pageOffset = parts.pageOffset;
    this.object = parts.object;
    this.policy = parts.policy;
    this.name = parts.name;
  }

  /** How many pages it spans. */
  get pageCount(): number {
    return (this.end - this.start) / PAGE_SIZE;
  }

  /** Whether any `VM` bit of `bits` is set. */
  has(bits: number): boolean {
    return (this.flags & bits) !== 0;
  }

  /** Whether writes stay private and copies may be needed. @see is_cow_mapping(), v6.12 */
  get isPrivate(): boolean {
    return (this.flags & VM.SHARED) === 0;
  }

  /** The page of the object, or of the address space, that an address maps. @see linear_page_index(), v6.12 */
  indexOf(address: number): number {
    return this.pageOffset + Math.floor((address - this.start) / PAGE_SIZE);
  }

  /** Whether its pages may move to another node. @see include/linux/mempolicy.h, vma_migratable(), v6.12 */
  get isMigratable(): boolean {
    return (this.flags & (VM.IO | VM.PFNMAP)) === 0;
  }
}
