// The schedule as a table: a column a CPU, a row a move; where a CPU holds the lock its column is shaded.
import { useEffect, useRef } from 'preact/hooks';
import type { Walk } from './walk.ts';

interface WalkLanesProps {
  readonly walk: Walk;
  readonly step: number;
  readonly go: (step: number) => void;
}

/** The table; a move can be chosen in it. */
export function WalkLanes({ walk, step, go }: WalkLanesProps) {
  const { states, cpuCount } = walk;
  const last = states.length - 1;
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const row = place.current?.querySelector('[aria-current]');
    // Within its own box only: the page itself stays where it is.
    if (row instanceof HTMLElement) scrollInto(place.current!, row);
  }, [step]);
  const cpus = Array.from({ length: cpuCount }, (_, cpu) => cpu);
  return (
    <div class="scroll lanes-box" tabIndex={0} role="region" aria-label="The schedule" ref={place}>
      <table class="moves">
        <thead>
          <tr>
            <th scope="col">move</th>
            {cpus.map((cpu) => (
              <th key={cpu} scope="col">
                CPU {cpu}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {states.map(({ mover, steps, holder }, at) => (
            <tr
              key={at}
              class={rowClass(at, { step, last })}
              aria-current={at === step ? 'step' : undefined}
            >
              <th scope="row">
                <button type="button" class="plain" onClick={() => go(at)}>
                  {at}
                </button>
              </th>
              {cpus.map((cpu) => (
                <td key={cpu} class={holder === cpu ? 'holds' : ''}>
                  {mover === cpu ? steps.join(', ') : ''}
                  {mover !== cpu && holder === cpu ? <span class="faint">holds the lock</span> : ''}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function rowClass(at: number, { step, last }: { step: number; last: number }): string {
  const when = at > step ? 'later' : at === step ? 'now' : '';
  return at === last ? `${when} breaks` : when;
}

function scrollInto(box: HTMLElement, row: HTMLElement): void {
  const top = row.offsetTop;
  const bottom = top + row.offsetHeight;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}
