// The drawing of a machine; a node can be chosen in it.
import { sizeInWords, type Machine } from '@forkless/topology';
import { layoutMachine, type NodeBox } from './layout.ts';

interface MachineDrawingProps {
  readonly machine: Machine;
  readonly chosen: number;
  readonly choose: (node: number) => void;
  /** Nodes in the order in which the chosen one looks for memory. */
  readonly order: readonly number[];
}

/** One SVG; each node is a button, and says at which place the chosen one looks in it for memory. */
export function MachineDrawing({ machine, chosen, choose, order }: MachineDrawingProps) {
  const { width, height, nodes } = layoutMachine(machine);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Drawing of ${machine.name}`}>
      <svg
        class="machine"
        viewBox={`-1 -1 ${width + 2} ${height + 2}`}
        width={width + 2}
        height={height + 2}
      >
        {nodes.map((box) => (
          <NodeDrawing
            key={box.node}
            box={box}
            isChosen={box.node === chosen}
            choose={choose}
            place={order.indexOf(box.node)}
          />
        ))}
      </svg>
    </div>
  );
}

interface NodeDrawingProps {
  readonly box: NodeBox;
  readonly isChosen: boolean;
  readonly choose: (node: number) => void;
  /** In the fallback order of the chosen node; −1 for none. */
  readonly place: number;
}

function NodeDrawing({ box, isChosen, choose, place }: NodeDrawingProps) {
  const { memory, caches, node, cpuCount } = box;
  const size = box.memoryBytes === 0 ? 'no memory' : sizeInWords(box.memoryBytes);
  const pick = () => choose(node);
  return (
    <g
      class={isChosen ? 'node chosen' : 'node'}
      role="button"
      tabIndex={0}
      aria-pressed={isChosen}
      aria-label={`node ${node} ${size} ${place < 0 ? '' : `${place + 1} in the order, `}${cpuCount} CPUs`}
      onClick={pick}
      onKeyDown={(event: KeyboardEvent) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        pick();
      }}
    >
      <rect class="box" x={box.x} y={box.y} width={box.width} height={box.height} rx="4" />
      <rect class="memory" {...rectOf(memory)} rx="3" />
      <text x={memory.x + 6} y={memory.y + 14}>
        node {node}{' '}
      </text>
      <text x={memory.x + 6} y={memory.y + 28}>
        {size}{' '}
      </text>
      {place < 0 ? null : (
        <text class="place" x={memory.x + memory.width - 6} y={memory.y + 22} text-anchor="end">
          {place + 1}
        </text>
      )}
      {caches.map((cache, index) => (
        <g key={index}>
          <rect class="box" {...rectOf(cache)} rx="2" />
          {cache.cores.map((core) => (
            <rect key={core.cpus[0]} class="core" {...rectOf(core)} rx="1" />
          ))}
        </g>
      ))}
    </g>
  );
}

const rectOf = ({ x, y, width, height }: NodeBox['memory']) => ({ x, y, width, height });
