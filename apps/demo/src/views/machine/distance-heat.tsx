// Distances between nodes as a table whose cells are the warmer the farther.
import type { Machine } from '@forkless/topology';

/** The table; rows are where an access comes from. */
export function DistanceHeat({ machine }: { readonly machine: Machine }) {
  const ids = machine.nodes.map(({ node }) => node);
  const far = Math.max(...machine.distances.values);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Distances between nodes">
      <table class="heat">
        <thead>
          <tr>
            <th scope="col">from \ to</th>
            {ids.map((id) => (
              <th key={id} scope="col">
                {id}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ids.map((from) => (
            <tr key={from}>
              <th scope="row">{from}</th>
              {ids.map((to) => {
                const distance = machine.distance(from, to);
                return (
                  <td key={to} style={{ background: warmth(distance, far) }}>
                    {distance}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** From near (pale) to far (warm), light enough for dark text on it. */
function warmth(distance: number, far: number): string {
  const share = far <= 10 ? 0 : Math.min(1, Math.max(0, (distance - 10) / (far - 10)));
  return `hsl(${50 - share * 35} 90% ${92 - share * 24}%)`;
}
