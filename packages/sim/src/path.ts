// A path: a named list of steps, composed of shorter lists. Composition happens when the path is
// defined, so that running it costs no nesting.

import { lock, unlock, type Index, type Step } from './step.ts';

/** Steps that run only when the state says so at the moment they come up. */
export interface When<S> {
  readonly kind: 'when';
  readonly name: string;
  readonly test: (state: S, cpu: number) => boolean;
  readonly body: readonly PathNode<S>[];
}

/**
 * Steps with a cleanup label: when a step of `body` refuses, `cleanup` runs, then that of the
 * `attempt` around it, and so on outwards; the refusal is the path's answer.
 */
export interface Attempt<S> {
  readonly kind: 'attempt';
  readonly name: string;
  readonly body: readonly PathNode<S>[];
  readonly cleanup: readonly PathNode<S>[];
}

/** What a path's list holds. */
export type PathNode<S> = Step<S> | When<S> | Attempt<S>;

/** A named list of steps. */
export interface Path<S> {
  readonly kind: 'path';
  readonly name: string;
  readonly nodes: readonly PathNode<S>[];
}

/** What a path can be composed of. */
export type PathPart<S> = PathNode<S> | Path<S>;

/** Composes a path of steps and of other paths, in order. */
export function path<S>(name: string, ...parts: readonly PathPart<S>[]): Path<S> {
  return { kind: 'path', name, nodes: nodesOf(parts) };
}

/** Steps that run only when `test` holds. */
export function when<S>(
  name: string,
  test: When<S>['test'],
  ...parts: readonly PathPart<S>[]
): When<S> {
  return { kind: 'when', name, test, body: nodesOf(parts) };
}

/** Steps with a cleanup that runs when one of them refuses. */
export function attempt<S>(
  name: string,
  body: readonly PathPart<S>[],
  cleanup: readonly PathPart<S>[],
): Attempt<S> {
  return { kind: 'attempt', name, body: nodesOf(body), cleanup: nodesOf(cleanup) };
}

/** Steps under a lock, which is given back also when one of them refuses. */
export function locked<S>(
  group: string,
  parts: readonly PathPart<S>[],
  index: Index<S> = 0,
): Path<S> {
  return path(
    `under ${group}`,
    lock(group, index),
    attempt(`under ${group}`, parts, [unlock(group, index)]),
    unlock(group, index),
  );
}

function nodesOf<S>(parts: readonly PathPart<S>[]): readonly PathNode<S>[] {
  const nodes: PathNode<S>[] = [];
  for (const part of parts) {
    if (part.kind === 'path') nodes.push(...part.nodes);
    else nodes.push(part);
  }
  return nodes;
}
