// Where the order of CPUs matters in a path, marked by gates. What lies between two gates is one move: no
// other CPU can tell when in it each step happened. The gates are steps of the program, so that the very
// same program is explored here and timed by the engine.

import type { Path, PathNode } from '../path.ts';
import { path } from '../path.ts';
import { work, type Count } from '../step.ts';

/** The figure a gate waits for in the engine: the length of a turn. */
export const TURN_FIGURE = 'explore.turn';

/** How finely a path is cut. */
export interface GateOptions<S> {
  /**
   * Whether what runs under a lock is one move with taking and giving it back. Sound while all that the
   * steps under a lock touch is guarded by it (Lipton, CACM 1975).
   */
  readonly merges: boolean;
  /** Whether a change of state made without a lock concerns its own CPU alone. */
  readonly isLocal: (step: string) => boolean;
  /** How many turns a CPU waits at a gate, in the engine. */
  readonly turns: Count<S>;
}

/** The path with a gate before each step whose moment matters. */
export function gated<S>(whole: Path<S>, options: GateOptions<S>): Path<S> {
  return path(whole.name, ...new Gates(options).cut(whole.nodes, 0));
}

class Gates<S> {
  readonly #options: GateOptions<S>;

  constructor(options: GateOptions<S>) {
    this.#options = options;
  }

  /** Cuts nodes that begin with `depth` locks held. */
  cut(nodes: readonly PathNode<S>[], depth: number): PathNode<S>[] {
    let held = depth;
    return nodes.flatMap((node): PathNode<S>[] => {
      const cut = this.#cutOne(node, held);
      if (node.kind === 'lock') held++;
      if (node.kind === 'unlock') held--;
      return cut;
    });
  }

  #cutOne(node: PathNode<S>, held: number): PathNode<S>[] {
    switch (node.kind) {
      case 'when':
        return [
          ...this.#gateIf(this.#matters(held, node.name)),
          { ...node, body: this.cut(node.body, held) },
        ];
      case 'attempt':
        return [
          { ...node, body: this.cut(node.body, held), cleanup: this.cut(node.cleanup, held) },
        ];
      case 'lock':
        return [...this.#gateIf(true), node];
      case 'unlock':
        return [...this.#gateIf(!this.#options.merges), node];
      case 'change':
        return [...this.#gateIf(this.#matters(held, node.name)), node];
      default:
        return [node];
    }
  }

  /** Whether others could tell when a step runs that changes or asks the state. */
  #matters(held: number, step: string): boolean {
    if (held > 0) return !this.#options.merges;
    return !this.#options.isLocal(step);
  }

  #gateIf(matters: boolean): PathNode<S>[] {
    return matters ? [work<S>('turn', TURN_FIGURE, this.#options.turns)] : [];
  }
}
