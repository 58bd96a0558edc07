// A process with one mapping under a policy, and where its pages come to lie: set by the calls that there
// are, or by the one proposed call with its struct. Runs anywhere.
import { ConfigError, isRefusal, type Refusal } from '@forkless/errors';
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
  Mempolicy2,
  MPOL,
  MPOL_ARGS_SIZE_VER1,
  MPOL_F_NUMA_BALANCING,
  MPOL_F_RELATIVE_NODES,
  MPOL_F_STATIC_NODES,
  MPOL_MF_HOME_NODE,
  Numa,
  numaMaps,
  PolicyPlacer,
  putArgs,
  setMempolicyHomeNode,
  UserMemory,
  type Mode,
  type PolicyHolder,
} from '@forkless/mempolicy';
import type { Machine } from '@forkless/topology';

/** Mode flags by name. */
export const MODE_FLAGS = {
  none: 0,
  STATIC_NODES: MPOL_F_STATIC_NODES,
  RELATIVE_NODES: MPOL_F_RELATIVE_NODES,
  NUMA_BALANCING: MPOL_F_NUMA_BALANCING,
} as const;

/** What is to be tried. */
export interface PolicyTry {
  readonly mode: keyof typeof MPOL;
  readonly modeFlag: keyof typeof MODE_FLAGS;
  /** Nodes of the policy. */
  readonly nodes: readonly number[];
  /** −1 for none. */
  readonly homeNode: number;
  readonly cpu: number;
  readonly pageCount: number;
  /** Weights of weighted interleave by node; 1 where it says nothing. */
  readonly weights: Readonly<Record<number, number>>;
  /** What is written to sysfs after the policy is set and before the pages are touched. */
  readonly laterWeights: Readonly<Record<number, number>>;
  /** Nodes the cpuset allows, set after the policy; all when empty. */
  readonly cpuset: readonly number[];
}

/** Which calls set it: those of today, or mbind2 with `struct mpol_args`. */
export type PolicyForm = 'old' | 'new';

/** Where one page lies, and the rule that put it there. */
export interface PlacedPage {
  readonly node: number;
  readonly rule: string;
}

/** What came of it: the kernel's refusal, or the pages. */
export type PolicyOutcome =
  | { readonly refused: string }
  | { readonly pages: readonly PlacedPage[]; readonly maps: string };

/** Both forms of one policy. */
export interface PolicyComparison {
  readonly old: PolicyOutcome;
  readonly new: PolicyOutcome;
  /** Pages that the two put on different nodes. */
  readonly differing: readonly number[];
}

const START = 0x100000000000;
const MASK_BITS = 1024;
const WEIGHT_MAX = 255;

/** Maps, sets the policy, changes weights and the cpuset, touches every page. */
export function tryPolicy(
  machine: Machine,
  asked: PolicyTry,
  form: PolicyForm = 'old',
): PolicyOutcome {
  checkTry(machine, asked);
  const numa = new Numa(createMemory(machine));
  const task = createHolder(numa, { cpu: asked.cpu });
  const placer = new PolicyPlacer(task);
  const mm = createMm(numa.memory, placer);
  task.mm = mm;
  const length = asked.pageCount * PAGE_SIZE;
  const flags = MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED_NOREPLACE;
  mmap(mm, { address: START, length, prot: PROT.READ | PROT.WRITE, flags }, placer);
  const answer = form === 'old' ? setByOldCalls(task, asked) : setByStruct(task, asked);
  if (isRefusal(answer)) return { refused: `${answer.errno}: ${answer.reason}` };
  setWeights(numa, asked.laterWeights);
  if (asked.cpuset.length > 0) changeProcessMems(task, Nodemask.of(asked.cpuset));
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

/** Tries both forms on machines of their own. */
export function comparePolicies(machine: Machine, asked: PolicyTry): PolicyComparison {
  const both = { old: tryPolicy(machine, asked), new: tryPolicy(machine, asked, 'new') };
  const differing =
    'pages' in both.old && 'pages' in both.new
      ? both.old.pages.flatMap(({ node }, at) =>
          'pages' in both.new && both.new.pages[at]!.node !== node ? [at] : [],
        )
      : [];
  return { ...both, differing };
}

/** Weights go to sysfs, for all processes; the home node takes a call of its own. */
function setByOldCalls(task: PolicyHolder, asked: PolicyTry): 0 | Refusal {
  setWeights(task.numa, asked.weights);
  const length = asked.pageCount * PAGE_SIZE;
  const answer = mbind(task, {
    start: START,
    length,
    mode: MPOL[asked.mode] | MODE_FLAGS[asked.modeFlag],
    nodemask: [...asked.nodes],
    maxnode: MASK_BITS + 1,
  });
  if (isRefusal(answer) || asked.homeNode < 0) return answer;
  return setMempolicyHomeNode(task, START, length, asked.homeNode);
}

/** All of it in one struct; weights are the policy's own. */
function setByStruct(task: PolicyHolder, asked: PolicyTry): 0 | Refusal {
  const calls = new Mempolicy2({ user: new UserMemory() });
  const isWeighted = asked.mode === 'WEIGHTED_INTERLEAVE';
  const pointer = putArgs(calls.user, {
    mode: MPOL[asked.mode] as Mode,
    modeFlags: MODE_FLAGS[asked.modeFlag],
    homeNode: asked.homeNode,
    maxnodes: MASK_BITS,
    nodes: asked.nodes,
    ...(isWeighted ? { weights: weightVector(asked) } : {}),
  });
  const args = { pointer, usize: MPOL_ARGS_SIZE_VER1 };
  const length = asked.pageCount * PAGE_SIZE;
  const flags = asked.homeNode < 0 ? 0 : MPOL_MF_HOME_NODE;
  return calls.mbind2(task, START, length, args, flags);
}

/** The weights as a vector by node; 0 stands for what sysfs says. */
export function weightVector({ weights, nodes }: PolicyTry): readonly number[] {
  return Array.from({ length: Math.max(-1, ...nodes) + 1 }, (_, node) => weights[node] ?? 0);
}

function setWeights(numa: Numa, weights: Readonly<Record<number, number>>): void {
  for (const [node, weight] of Object.entries(weights)) numa.weights.set(Number(node), weight);
}

/** What no call could be asked: a CPU, or a weight of a node, that is not there. */
function checkTry(machine: Machine, { cpu, cpuset, weights, laterWeights }: PolicyTry): void {
  if (!machine.cpus.includes(cpu)) {
    throw new ConfigError(`CPU it runs on: expected one of ${machine.name}, got ${cpu}`);
  }
  const nodes = new Set(machine.nodes.map(({ node }) => node));
  const strange = cpuset.find((node) => !nodes.has(node));
  if (strange !== undefined) {
    throw new ConfigError(`nodes of the cpuset: ${machine.name} has no node ${strange}`);
  }
  for (const [node, weight] of [...Object.entries(weights), ...Object.entries(laterWeights)]) {
    if (weight > WEIGHT_MAX || !nodes.has(Number(node))) {
      throw new ConfigError(
        `weights: expected 0 to ${WEIGHT_MAX} for each of the ${nodes.size} nodes, got ${weight} for node ${node}`,
      );
    }
  }
}
