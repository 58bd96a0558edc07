// The state after a move: who holds the lock, what each CPU has and comes to, the ids of each namespace.
import type { Walk, WalkCpu, WalkLevel } from './walk.ts';

/** The box beside the schedule. */
export function WalkStateBox({ walk, step }: { readonly walk: Walk; readonly step: number }) {
  const { states, broken } = walk;
  const { holder, cpus, levels } = states[step]!;
  const isLast = step === states.length - 1;
  return (
    <article class="lane" aria-label={`State after step ${step}`} data-test="walk-state">
      <h3>After step {step}</h3>
      <p>
        pidmap_lock:{' '}
        <strong data-test="holder">{holder < 0 ? 'free' : `held by CPU ${holder}`}</strong>
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">CPU</th>
            <th scope="col">in hand</th>
            <th scope="col">comes to</th>
          </tr>
        </thead>
        <tbody>
          {cpus.map((cpu, at) => (
            <tr key={at}>
              <th scope="row">{at}</th>
              <td>{inHand(cpu)}</td>
              <td>
                {cpu.next === '' ? 'is through' : cpu.next}
                {cpu.waits ? <strong class="waits"> waits</strong> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {levels.map((level, at) => (
        <Level key={at} level={level} at={at} />
      ))}
      {isLast && broken !== undefined ? (
        <p class="error" data-test="violated">
          Here it breaks: {broken.message}.
        </p>
      ) : null}
    </article>
  );
}

function inHand({ numbers }: WalkCpu): string {
  if (numbers.length === 0) return 'no pid';
  if (numbers.every((number) => number === 0)) return 'a pid without a number';
  return `pid ${numbers.map((number) => (number === 0 ? '–' : number)).join(' / ')}`;
}

function Level({ level, at }: { readonly level: WalkLevel; readonly at: number }) {
  const { live, found, cursor, pidAllocated, isOpen } = level;
  const ids = [...new Set([...live, ...found])].toSorted((a, b) => a - b);
  return (
    <>
      <h4>Namespace at level {at}</h4>
      <ul class="ids-list" data-test="walk-ids">
        {ids.map((id) => (
          <li key={id} class={found.includes(id) ? (live.includes(id) ? '' : 'stray') : 'taken'}>
            {id} {kindOf(id, level)}
          </li>
        ))}
      </ul>
      <p class="faint">
        next search from {cursor}; pid_allocated {pidAllocated}
        {isOpen ? '' : '; closed'}
      </p>
    </>
  );
}

function kindOf(id: number, { live, found }: WalkLevel): string {
  if (!live.includes(id)) return 'found, and free';
  return found.includes(id) ? 'live' : 'taken, not found yet';
}
