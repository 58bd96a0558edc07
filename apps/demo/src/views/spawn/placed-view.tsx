// The nodes of the machine with the objects of a child in them; what lies on the wrong one stands out.
import type { SpawnWay } from './compare-spawns.ts';
import type { PlacedObject } from './placed-objects.ts';

const inKiB = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;

/** Both ways side by side. */
export function PlacedObjects({ ways }: { readonly ways: readonly [SpawnWay, SpawnWay] }) {
  return (
    <div class="beside">
      {ways.map((way, at) => (
        <article key={at} class="lane" aria-label={`Objects of ${way.name} by node`}>
          <h4>{way.name}</h4>
          <p data-test="misplaced">
            {way.placed.misplacedCount === 0
              ? 'Nothing lies on another node than the child.'
              : `${way.placed.misplacedCount.toLocaleString('en')} objects, ${inKiB(way.placed.misplacedBytes)}, lie on another node than the child.`}
          </p>
          {way.placed.nodes.map(({ node, objects }) => (
            <section
              key={node}
              class={node === way.placed.childNode ? 'node-box home' : 'node-box'}
              aria-label={`node ${node}`}
            >
              <strong>
                node {node}
                {node === way.placed.childNode ? ', where the child runs' : ''}
                {node === 0 ? ', where its parent runs' : ''}
              </strong>
              <ul class="ids-list">
                {objects.map((object) => (
                  <Chip
                    key={object.kind}
                    object={object}
                    isMisplaced={node !== way.placed.childNode}
                  />
                ))}
              </ul>
            </section>
          ))}
        </article>
      ))}
    </div>
  );
}

interface ChipProps {
  readonly object: PlacedObject;
  readonly isMisplaced: boolean;
}

function Chip({ object: { kind, count, bytes, level }, isMisplaced }: ChipProps) {
  return (
    <li
      class={isMisplaced ? 'stray' : ''}
      title={`${inKiB(bytes)}; goes to the child’s node from ${level} on`}
    >
      {kind}
      {count === 1 ? '' : ` × ${count.toLocaleString('en')}`}
      {isMisplaced ? ` (${level})` : ''}
    </li>
  );
}
