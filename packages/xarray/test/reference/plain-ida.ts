// The IDA's rules on a Set, one id at a time: slow and obvious.

const INT_MAX = 0x7fff_ffff;

/** A plain IDA. */
export class PlainIda {
  readonly taken = new Set<number>();

  get isEmpty(): boolean {
    return this.taken.size === 0;
  }

  allocRange(min: number, max: number): number | 'ENOSPC' {
    for (let id = min; id <= Math.min(max, INT_MAX); id++) {
      if (this.taken.has(id)) continue;
      this.taken.add(id);
      return id;
    }
    return 'ENOSPC';
  }

  free(id: number): void {
    this.taken.delete(id);
  }

  next(from: number): number | undefined {
    const ids = [...this.taken].filter((id) => id >= from);
    return ids.length === 0 ? undefined : Math.min(...ids);
  }

  /** Leaves with an id at bit 63 or above. */
  get leavesAtLeast(): number {
    const leaves = [...this.taken].filter((id) => id % 1024 >= 63).map((id) => id >>> 10);
    return new Set(leaves).size;
  }
}
