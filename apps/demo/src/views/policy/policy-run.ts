// A process with one mapping under a policy, and where its pages come to lie. Runs anywhere.
import { isRefusal } from '@forkless/errors';
import {
  createMemory,
  createMm,
  MAP,
  mmap,
  Nodemask,
  PAGE_SIZE,
  PROT,
  touchRange,
} from '@forkless/mm';
import {
  changeProcessMems,
  createHolder,
  explainPage,
  mbind,
  MPOL,
  Numa,
  numaMaps,
  PolicyPlacer,
  type Mode,
} from '@forkless/mempolicy';
import type { Machine } from '@forkless/topology';

/** What is to be tried. */
export interface PolicyTry {
  readonly mode: keyof typeof MPOL;
  /** Nodes of the policy. */
  readonly nodes: readonly number[];
  readonly cpu: number;
  readonly pageCount: number;
  /** Weights of weighted interleave by node; 1 where it says nothing. */
  readonly weights: Readonly<Record<number, number>>;
  /** Nodes the cpuset allows, set after the policy; all when empty. */
  readonly cpuset: readonly number[];
}

/** Where one page lies, and the rule that put it there. */
export interface PlacedPage {
  readonly node: number;
  readonly rule: string;
}

/** What came of it: the kernel's refusal, or the pages. */
export type PolicyOutcome =
  | { readonly refused: string }
  | { readonly pages: readonly PlacedPage[]; readonly maps: string };

const START = 0x100000000000;
const MASK_BITS = 1024;

/** Maps, sets the policy, changes the cpuset, touches every page. */
export function tryPolicy(machine: Machine, asked: PolicyTry): PolicyOutcome {
  const numa = new Numa(createMemory(machine));
  const task = createHolder(numa, { cpu: asked.cpu });
  const placer = new PolicyPlacer(task);
  const mm = createMm(numa.memory, placer);
  task.mm = mm;
  for (const [node, weight] of Object.entries(asked.weights)) {
    numa.weights.set(Number(node), weight);
  }
  const length = asked.pageCount * PAGE_SIZE;
  const flags = MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED_NOREPLACE;
  mmap(mm, { address: START, length, prot: PROT.READ | PROT.WRITE, flags }, placer);
  const answer = mbind(task, {
    start: START,
    length,
    mode: MPOL[asked.mode] as Mode,
    nodemask: [...asked.nodes],
    maxnode: MASK_BITS,
  });
  if (isRefusal(answer)) return { refused: `${answer.errno}: ${answer.reason}` };
  if (asked.cpuset.length > 0) {
    changeProcessMems(task, Nodemask.of(asked.cpuset));
  }
  const pages = Array.from({ length: asked.pageCount }, (_, at): PlacedPage => {
    const address = START + at * PAGE_SIZE;
    const before = explainPage(task, address);
    const rule = isRefusal(before) ? before.reason : before.rule;
    touchRange(mm, { start: address, pageCount: 1 }, 'write', placer);
    const after = explainPage(task, address);
    return { node: isRefusal(after) ? -1 : (after.presentNode ?? -1), rule };
  });
  return { pages, maps: numaMaps(task) };
}
