// The slow, obvious model of a bitmap: a Set of numbers, sorted whenever order matters.

export class PlainSet {
  bits = new Set<number>();

  constructor(readonly nbits: number) {}

  get sorted(): number[] {
    return [...this.bits].toSorted((a, b) => a - b);
  }

  get zeros(): number[] {
    return Array.from({ length: this.nbits }, (_, bit) => bit).filter((bit) => !this.bits.has(bit));
  }

  common(other: PlainSet): number[] {
    return this.sorted.filter((bit) => other.bits.has(bit));
  }
}
