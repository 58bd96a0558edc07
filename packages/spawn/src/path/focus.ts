// Using a path of a part of the state as part of a path of the whole.

import type { Index, Path, PathNode, Step } from '@forkless/sim';

/** `path` on the part of the state that `part` finds. Done once, when the larger path is defined. */
export function focus<Whole, Part>(path: Path<Part>, part: (whole: Whole) => Part): Path<Whole> {
  return { ...path, nodes: path.nodes.map((node) => focusNode(node, part)) };
}

function focusNode<Whole, Part>(
  node: PathNode<Part>,
  part: (whole: Whole) => Part,
): PathNode<Whole> {
  const all = (nodes: readonly PathNode<Part>[]) => nodes.map((one) => focusNode(one, part));
  switch (node.kind) {
    case 'when':
      return { ...node, test: (whole, cpu) => node.test(part(whole), cpu), body: all(node.body) };
    case 'attempt':
      return { ...node, body: all(node.body), cleanup: all(node.cleanup) };
    default:
      return focusStep(node, part);
  }
}

function focusStep<Whole, Part>(step: Step<Part>, part: (whole: Whole) => Part): Step<Whole> {
  const moved = <T>(index: Index<Part> | undefined): Index<Whole> | T =>
    typeof index === 'function'
      ? (whole, cpu) => index(part(whole), cpu)
      : (index as Index<Whole> | T);
  switch (step.kind) {
    case 'change':
      return { ...step, run: (whole, cpu) => step.run(part(whole), cpu) };
    case 'lock':
    case 'unlock':
    case 'read':
    case 'write':
      return { ...step, index: moved(step.index) };
    case 'readEach':
    case 'writeEach':
      return { ...step, lines: (whole, cpu) => step.lines(part(whole), cpu) };
    case 'work':
      return { ...step, times: moved(step.times) };
    case 'slabAlloc':
    case 'slabFree':
      return { ...step, count: moved(step.count), node: moved<undefined>(step.node) };
    default:
      return step;
  }
}
