// What the running kernel says to the calls of NUMA memory policy, on a page and a process of their own.
// Only calls that are merged have a number here.
import type { Refusal } from '@forkless/errors';
import { maskWords, memoryMode } from '../place.ts';
import type { MemoryPolicy } from '../request.ts';
import { ask, type Asked, type KernelAnswer } from './scratch.ts';

/** One call. Nodes that are not given are a null mask. */
export type MempolicyQuestion =
  | ({ readonly kind: 'set' } & Policy)
  /** `flags` are `MPOL_F_*`; the answer is the mode, or with MPOL_F_NODE the node. */
  | { readonly kind: 'get'; readonly flags?: number; readonly withAddress?: boolean }
  | ({ readonly kind: 'mbind'; readonly flags?: number } & Policy)
  | { readonly kind: 'homeNode'; readonly node: number; readonly flags?: number }
  /** Without a node it asks where the page is. The answer is the status of the page. */
  | {
      readonly kind: 'movePages';
      readonly node?: number;
      readonly flags?: number;
      readonly present?: boolean;
    }
  /** Bits of the first 32 nodes. */
  | { readonly kind: 'migratePages'; readonly from: number; readonly to: number };

interface Policy {
  /** A mode by name, or by number with its mode flags. */
  readonly mode: MemoryPolicy['mode'] | number;
  readonly nodes?: readonly number[];
  /** How many bits the kernel is told of; all that are there where it is not said. */
  readonly maxnode?: number;
}

/**
 * The answers: what the call returns, or the errno. They build on each other, as all are of one process.
 *
 * @see mm/mempolicy.c, mm/migrate.c; set_mempolicy(2), mbind(2), move_pages(2)
 */
export function askMempolicy(
  questions: readonly MempolicyQuestion[],
): readonly KernelAnswer[] | Refusal {
  return ask(questions.map(toAsked));
}

const migrateBits = 33;

function toAsked(one: MempolicyQuestion): Asked {
  switch (one.kind) {
    case 'set':
    case 'mbind': {
      const words = one.nodes === undefined ? [] : maskWords(one.nodes);
      // The kernel reads one bit less than it is told.
      const { maxnode = words.length === 0 ? 0 : 32 * words.length + 1 } = one;
      const mode = typeof one.mode === 'number' ? one.mode : memoryMode(one.mode);
      return one.kind === 'set'
        ? { kind: 'setMempolicy', operands: [mode, maxnode, words.length, ...words] }
        : { kind: 'mbind', operands: [mode, maxnode, one.flags ?? 0, words.length, ...words] };
    }
    case 'get':
      return { kind: 'getMempolicy', operands: [one.flags ?? 0, Number(one.withAddress === true)] };
    case 'homeNode':
      return { kind: 'homeNode', operands: [one.node, one.flags ?? 0] };
    case 'movePages': {
      const { node = -1, flags = 0, present = true } = one;
      return { kind: 'movePages', operands: [node, flags, Number(present)] };
    }
    case 'migratePages':
      return { kind: 'migratePages', operands: [migrateBits, one.from, one.to] };
  }
}
