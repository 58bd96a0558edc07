// The places where global weights could live, and what each cannot say: four tasks, one in each of two
// containers on each of two groups of CPUs, want the weights that suit their own view of the machine.
import { bestWeights, throughput, type SeenNode, type Weights } from './throughput.ts';

/** Where weights could live. */
export const weightHomes = ['policy', 'sysfs', 'node', 'memory-tier', 'cpuset', 'cgroup'] as const;

/** One of them. */
export type WeightHome = (typeof weightHomes)[number];

/** A task that wants weights of its own. */
interface Wish {
  readonly container: number;
  /** The nodes as its CPUs see them. */
  readonly view: readonly SeenNode[];
  /** Whether it streams; else it chases pointers and wants its nearest node alone. */
  readonly streams: boolean;
}

/** What a home makes of everybody's wishes. */
export interface HomeVerdict {
  readonly home: WeightHome;
  /** Mean over the tasks of what each keeps of the best it could have, 0 to 1. */
  readonly kept: number;
  /** What it cannot express. */
  readonly lacks: string;
}

const lacks: Readonly<Record<WeightHome, string>> = {
  policy: 'nothing, but every program has to know the machine',
  sysfs: 'two views of the machine, two tasks of different needs',
  node: 'two tasks of different needs, and it takes a weight for each pair of nodes',
  'memory-tier': 'two nodes of one tier, two views, two tasks of different needs',
  cpuset: 'two views within one cpuset; and its lock is taken at every change',
  cgroup: 'two views within one cgroup',
};

function wantedBy({ view, streams }: Wish, weightMax: number): Weights {
  if (streams) return bestWeights(view, weightMax);
  const nearest = Math.min(...view.map(({ latencyNs }) => latencyNs));
  return view.map(({ latencyNs }) => Number(latencyNs === nearest));
}

/** How much of the best a task keeps under weights that are not its own. */
function keptBy(wish: Wish, wanted: Weights, given: Weights): number {
  if (wish.streams) return throughput(wish.view, given) / throughput(wish.view, wanted);
  const latency = (weights: Weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return wish.view.reduce((sum, { latencyNs }, i) => sum + (latencyNs * weights[i]!) / total, 0);
  };
  return latency(wanted) / latency(given);
}

/** One set of weights for several wishes: their sum, each scaled to the same total. */
function compromise(all: readonly Weights[]): Weights {
  const scaled = all.map((weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  });
  return scaled[0]!.map((_, i) => scaled.reduce((sum, weights) => sum + weights[i]!, 0));
}

/** The same weight for all nodes whose latency is alike as seen from their nearest CPUs. */
function byTier(weights: Weights, views: readonly (readonly SeenNode[])[]): Weights {
  const nearest = weights.map((_, i) => Math.min(...views.map((view) => view[i]!.latencyNs)));
  return weights.map((_, i) => {
    const tier = weights.filter((__, j) => nearest[j] === nearest[i]);
    return tier.reduce((sum, weight) => sum + weight, 0) / tier.length;
  });
}

/** How well each home serves the four tasks. */
export function judgeHomes(
  views: readonly (readonly SeenNode[])[],
  weightMax: number,
): readonly HomeVerdict[] {
  const wishes: Wish[] = [0, 1].flatMap((container) =>
    views.map((view) => ({ container, view, streams: container === 0 })),
  );
  const wanted = wishes.map((wish) => wantedBy(wish, weightMax));
  return weightHomes.map((home) => {
    const given = wishes.map((_, i) => weightsAt(home, wishes, wanted, i, views));
    const kept = wishes.map((wish, i) => keptBy(wish, wanted[i]!, given[i]!));
    return {
      home,
      kept: kept.reduce((sum, one) => sum + one, 0) / kept.length,
      lacks: lacks[home],
    };
  });
}

function weightsAt(
  home: WeightHome,
  wishes: readonly Wish[],
  wanted: readonly Weights[],
  index: number,
  views: readonly (readonly SeenNode[])[],
): Weights {
  switch (home) {
    case 'policy':
      return wanted[index]!;
    case 'cpuset':
    case 'cgroup': {
      const { container } = wishes[index]!;
      return compromise(wanted.filter((_, i) => wishes[i]!.container === container));
    }
    case 'node':
      return compromise(wanted.filter((_, i) => wishes[i]!.view === wishes[index]!.view));
    case 'memory-tier':
      return byTier(compromise(wanted), views);
    default:
      return compromise(wanted);
  }
}
