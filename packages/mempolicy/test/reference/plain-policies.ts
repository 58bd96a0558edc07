// The slow and obvious model: a policy is written down for every single page, sets of nodes are arrays, and
// each placement is worked out from the words of the specification, with memory that never runs out.

/** A policy, in plain values. */
export interface PlainPolicy {
  mode: number;
  flags: number;
  nodes: number[];
  kept: number[];
  home: number;
}

const STATIC = 1 << 15;
const RELATIVE = 1 << 14;
const BALANCING = 1 << 13;
const [DEFAULT, PREFERRED, BIND, INTERLEAVE, LOCAL, MANY, WEIGHTED] = [0, 1, 2, 3, 4, 5, 6];

const sorted = (nodes: Iterable<number>) => [...new Set(nodes)].toSorted((a, b) => a - b);

/** Four nodes as on machine A. */
const zonelists = [
  [0, 3, 1, 2],
  [1, 2, 0, 3],
  [2, 1, 3, 0],
  [3, 0, 2, 1],
];

/** A task and the pages of one mapping. */
export class PlainTask {
  policy: PlainPolicy | null = null;
  mems = [0, 1, 2, 3];
  cpuNode = 0;
  weights = [1, 1, 1, 1];
  readonly pages: { policy: PlainPolicy | null; node: number }[];
  readonly firstIndex: number;

  constructor(pageCount: number, firstIndex: number) {
    this.pages = Array.from({ length: pageCount }, () => ({ policy: null, node: -1 }));
    this.firstIndex = firstIndex;
  }

  /** What a mode, its flags and a mask make, or EINVAL. */
  make(mode: number, flags: number, mask: readonly number[]): PlainPolicy | null | 'EINVAL' {
    if (mode > WEIGHTED!) return 'EINVAL';
    if (flags & STATIC && flags & RELATIVE) return 'EINVAL';
    if (flags & BALANCING && mode !== BIND && mode !== MANY) return 'EINVAL';
    const isEmpty = mask.length === 0;
    if (mode === DEFAULT) return isEmpty ? null : 'EINVAL';
    if (mode === LOCAL || (mode === PREFERRED && isEmpty)) {
      if (!isEmpty || flags & (STATIC | RELATIVE)) return 'EINVAL';
      return { mode: LOCAL!, flags, nodes: [], kept: [], home: -1 };
    }
    if (isEmpty) return 'EINVAL';
    const effective = this.effective(flags, mask, this.mems);
    if (effective.length === 0) return 'EINVAL';
    return {
      mode,
      flags,
      nodes: mode === PREFERRED ? effective.slice(0, 1) : effective,
      kept: flags === 0 ? [...this.mems] : sorted(mask),
      home: -1,
    };
  }

  private effective(flags: number, mask: readonly number[], allowed: readonly number[]): number[] {
    if (flags & RELATIVE) return sorted(mask.map((bit) => allowed[bit % allowed.length]!));
    return sorted(mask.filter((node) => allowed.includes(node)));
  }

  /** What get_mempolicy says of a policy. */
  static told(policy: PlainPolicy | null): { policy: number; nodemask: number[] } {
    if (policy === null) return { policy: 0, nodemask: [] };
    const nodemask = policy.flags === 0 ? policy.nodes : policy.kept;
    return { policy: policy.mode | policy.flags, nodemask: [...nodemask] };
  }

  bind(first: number, count: number, policy: PlainPolicy | null): void {
    for (let i = first; i < first + count; i++) this.pages[i]!.policy = policy && { ...policy };
  }

  setHome(first: number, count: number, home: number): 0 | 'ENOENT' | 'EOPNOTSUPP' {
    let answer: 0 | 'ENOENT' = 'ENOENT';
    for (let i = first; i < first + count; i++) {
      const { policy } = this.pages[i]!;
      if (policy === null) continue;
      if (policy.mode !== BIND && policy.mode !== MANY) return 'EOPNOTSUPP';
      policy.home = home;
      answer = 0;
    }
    return answer;
  }

  drop(first: number, count: number): void {
    for (let i = first; i < first + count; i++) this.pages[i]!.node = -1;
  }

  touch(first: number, count: number): void {
    for (let i = first; i < first + count; i++) {
      const page = this.pages[i]!;
      if (page.node < 0) page.node = this.place(page.policy ?? this.policy, this.firstIndex + i);
    }
  }

  private place(policy: PlainPolicy | null, index: number): number {
    const near = (start: number, from: readonly number[] | null): number =>
      zonelists[start]!.find(
        (node) => this.mems.includes(node) && (from?.includes(node) ?? true),
      ) ?? -1;
    if (policy === null) return near(this.cpuNode, null);
    const start = policy.home < 0 ? this.cpuNode : policy.home;
    const inside = policy.nodes.some((node) => this.mems.includes(node));
    switch (policy.mode) {
      case PREFERRED:
        return near(policy.nodes[0]!, null);
      case BIND:
      case MANY:
        return near(start, inside ? policy.nodes : null);
      case INTERLEAVE:
        return near(policy.nodes[index % policy.nodes.length]!, null);
      case WEIGHTED: {
        const round = policy.nodes.flatMap((node) =>
          Array.from({ length: this.weights[node]! }, () => node),
        );
        return near(round[index % round.length]!, null);
      }
      default:
        return near(this.cpuNode, null);
    }
  }

  rebind(mems: number[]): void {
    if (this.policy !== null) this.policy = PlainTask.rebound(this.policy, mems);
    for (const page of this.pages) {
      if (page.policy !== null) page.policy = PlainTask.rebound(page.policy, mems);
    }
    this.mems = mems;
  }

  private static rebound(policy: PlainPolicy, mems: number[]): PlainPolicy {
    const { mode, flags, nodes, kept } = policy;
    if (mode === LOCAL) return policy;
    if (flags === 0 && `${kept}` === `${mems}`) return policy;
    if (mode === PREFERRED || mode === MANY) return { ...policy, kept: mems };
    let next: number[];
    if (flags & STATIC) next = kept.filter((node) => mems.includes(node));
    else if (flags & RELATIVE) next = sorted(kept.map((bit) => mems[bit % mems.length]!));
    else {
      next = sorted(
        nodes.map((node) => (kept.includes(node) ? mems[kept.indexOf(node) % mems.length]! : node)),
      );
    }
    if (next.length === 0) next = mems;
    return { ...policy, nodes: next, kept: flags & (STATIC | RELATIVE) ? kept : mems };
  }
}
