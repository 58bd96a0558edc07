// What one lane is doing: its rate, its CPUs, its locks, how far its cache lines travel, its ids.
import { IdPicture } from './id-picture.tsx';
import type { LaneState } from './lane.ts';
import type { RatePoint } from './race-state.ts';

interface LaneCardProps {
  readonly name: string;
  readonly index: number;
  readonly state: LaneState;
  readonly rates: readonly RatePoint[];
  /** Whether to name the step of each CPU. */
  readonly isSlow: boolean;
}

/** The card. */
export function LaneCard({ name, index, state, rates, isSlow }: LaneCardProps) {
  const { locks, pairCount, nowPs } = state;
  const waiting = new Set(locks.flatMap(({ waiters }) => waiters));
  const holding = new Set(locks.map(({ holder }) => holder));
  const rate = nowPs === 0 ? 0 : pairCount / (nowPs / 1e12);
  const activity = (cpu: number) =>
    holding.has(cpu) ? 'holds' : waiting.has(cpu) ? 'waits' : 'runs';
  return (
    <article class="lane" aria-label={name}>
      <h3>
        <span class="swatch" style={{ background: `var(--series-${index})` }} />
        {name}
      </h3>
      <div class="rate" data-test="rate" data-pairs={pairCount} data-ps={nowPs}>
        {Math.round(rate).toLocaleString('en')} <small>pairs/s</small>
      </div>
      <p class="faint">
        lately {Math.round(rates.at(-1)?.[1] ?? 0).toLocaleString('en')};{' '}
        {locks.length === 1 ? '1 lock' : `${locks.length} locks`}, {waiting.size} CPUs wait
      </p>
      <div
        class="cpus"
        role="img"
        aria-label={`${waiting.size} of ${state.steps.length} CPUs wait`}
      >
        {state.steps.map((step, cpu) => (
          <span key={cpu} class={`cpu ${activity(cpu)}`} title={`CPU ${cpu}: ${step}`} />
        ))}
      </div>
      {isSlow ? <Steps state={state} activity={activity} /> : null}
      <Transfers state={state} />
      <IdPicture state={state} />
      <Refusals state={state} />
      <p class="faint">
        last id {state.lastId}; {state.liveIds.length} live below 4096
      </p>
    </article>
  );
}

interface StepsProps {
  readonly state: LaneState;
  readonly activity: (cpu: number) => string;
}

function Steps({ state, activity }: StepsProps) {
  return (
    <ol class="steps" data-test="steps">
      {state.steps.map((step, cpu) => (
        <li key={cpu}>
          <span class="faint">CPU {cpu}</span> {activity(cpu) === 'waits' ? 'waits, then ' : ''}
          {step}
        </li>
      ))}
    </ol>
  );
}

/** Calls that the kernel refused; there are none unless ids run out. */
function Refusals({ state }: { readonly state: LaneState }) {
  const refused = Object.entries(state.ledger.refusals);
  if (refused.length === 0) return null;
  return (
    <p class="error">
      refused: {refused.map(([errno, count]) => `${count} × ${errno}`).join(', ')}
    </p>
  );
}

/** Cache lines fetched from other CPUs, by distance, a pair. */
function Transfers({ state }: { readonly state: LaneState }) {
  const sums = new Map<string, number>();
  for (const { transfers } of Object.values(state.ledger.lines)) {
    for (const [name, count] of Object.entries(transfers)) {
      sums.set(name, (sums.get(name) ?? 0) + count);
    }
  }
  const rows = [...sums].filter(([, count]) => count > 0);
  return (
    <table>
      <caption class="faint">cache lines fetched a pair, counted</caption>
      <tbody>
        {rows.map(([name, count]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{(count / Math.max(1, state.pairCount)).toFixed(2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
