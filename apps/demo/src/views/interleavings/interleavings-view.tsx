// A known mistake in the making of pids, and the schedule that breaks it, walked through step by step.
import { useEffect } from 'preact/hooks';
import { Choice } from '../../choice.tsx';
import { download } from '../../export/download.ts';
import { param, setParams } from '../../route.ts';
import { useWorkerAnswer } from '../../worker-answer.ts';
import { WalkLanes } from './walk-lanes.tsx';
import { WalkStateBox } from './walk-state-box.tsx';
import { walkCsv, walkSvg, walkText, walkTrace } from './walk-files.ts';
import { CPU_COUNTS, wayNames, type Walk, type WalkOptions } from './walk.ts';

const makeWorker = () =>
  new Worker(new URL('./interleavings-worker.ts', import.meta.url), { type: 'module' });

/** The view. */
export function InterleavingsView() {
  const asked: WalkOptions = {
    way: wayNames.find((name) => name === param('way', '')) ?? wayNames[0]!,
    cpuCount: CPU_COUNTS.find((count) => String(count) === param('cpus', '2')) ?? 2,
    isMended: param('mended', '') === 'yes',
  };
  const { answer, isWaiting } = useWorkerAnswer<WalkOptions, Walk>(makeWorker, asked);
  // A walk is shown with its own mistake alone.
  const shown = isWaiting ? undefined : answer;
  return (
    <section aria-labelledby="interleavings-title">
      <h2 id="interleavings-title">Interleavings</h2>
      <p>
        Two or three CPUs make a pid and free it, in every order there is. Each list of steps below
        has a mistake in it; the shortest order that breaks something is walked through.
      </p>
      <div class="controls">
        <Choice
          label="mistake"
          name="way"
          value={asked.way}
          choices={wayNames}
          choose={(way) => setParams({ way, step: '0' })}
        />
        <Choice
          label="CPUs"
          name="walk-cpus"
          value={String(asked.cpuCount)}
          choices={CPU_COUNTS.map(String)}
          choose={(cpus) => setParams({ cpus, step: '0' })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={asked.isMended}
            onChange={({ currentTarget }) =>
              setParams({ mended: currentTarget.checked ? 'yes' : '', step: '0' })
            }
            data-test="mended"
          />
          with the mistake mended
        </label>
      </div>
      {shown === undefined ? <p aria-live="polite">Looking at every order…</p> : null}
      {shown?.problem === undefined ? null : (
        <p class="error" role="alert">
          {shown.problem}
        </p>
      )}
      {shown?.value === undefined ? null : <Walked walk={shown.value} />}
    </section>
  );
}

function Walked({ walk }: { readonly walk: Walk }) {
  const { broken, mistake, states, isMended, invariants } = walk;
  const last = states.length - 1;
  const step = stepShown(last);
  const go = (to: number) => setParams({ step: String(Math.min(last, Math.max(0, to))) });
  useEffect(() => {
    const heard = (event: KeyboardEvent) => {
      // Keys may come faster than the page is rendered, so the step is read anew.
      const to = stepForKey(event, stepShown(last), last);
      if (to === undefined) return;
      event.preventDefault();
      go(to);
    };
    addEventListener('keydown', heard);
    return () => removeEventListener('keydown', heard);
  }, [last]);
  return (
    <>
      <p>{isMended ? `Mended: ${mistake}` : mistake}</p>
      {broken === undefined ? (
        <>
          <p data-test="holds">
            Nothing breaks: {walk.stateCount.toLocaleString('en')} states looked at, and in each of
            them it holds that
          </p>
          <ul>
            {invariants.map((name) => (
              <li key={name}>{name}.</li>
            ))}
          </ul>
        </>
      ) : (
        <>
          <p class="error" data-test="broken">
            {broken.invariant}: {broken.message}.
          </p>
          <div class="controls">
            <Steps step={step} last={last} go={go} />
            <Saves walk={walk} />
          </div>
          <div class="walk">
            <WalkLanes walk={walk} step={step} go={go} />
            <WalkStateBox walk={walk} step={step} />
          </div>
        </>
      )}
    </>
  );
}

/** The step that the address asks for, within what there is. */
function stepShown(last: number): number {
  return Math.min(last, Math.max(0, Math.trunc(Number(param('step', '0'))) || 0));
}

/** The step that a key goes to; keys in a field are the field's. */
function stepForKey(
  { key, target }: KeyboardEvent,
  step: number,
  last: number,
): number | undefined {
  if (target instanceof Element && target.matches('input, select, textarea')) return undefined;
  if (key === 'ArrowLeft') return step - 1;
  if (key === 'ArrowRight') return step + 1;
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  return undefined;
}

interface StepsProps {
  readonly step: number;
  readonly last: number;
  readonly go: (step: number) => void;
}

function Steps({ step, last, go }: StepsProps) {
  const button = (label: string, sign: string, to: number, isOff: boolean) => (
    <button type="button" aria-label={label} title={label} disabled={isOff} onClick={() => go(to)}>
      {sign}
    </button>
  );
  return (
    <>
      {button('To the beginning (Home)', '⇤', 0, step === 0)}
      {button('One step back (←)', '←', step - 1, step === 0)}
      {button('One step on (→)', '→', step + 1, step === last)}
      {button('To what breaks (End)', '⇥', last, step === last)}
      <span aria-live="polite" data-test="step">
        step {step} of {last}
      </span>
    </>
  );
}

function Saves({ walk }: { readonly walk: Walk }) {
  const save = (label: string, name: string, type: string, content: (walk: Walk) => string) => (
    <button type="button" onClick={() => download(name, type, content(walk))}>
      {label}
    </button>
  );
  return (
    <>
      {save('Save as text', 'schedule.txt', 'text/plain', walkText)}
      {save('JSON', 'schedule.json', 'application/json', (one) => JSON.stringify(one, null, 1))}
      {save('CSV', 'schedule.csv', 'text/csv', walkCsv)}
      {save('SVG', 'schedule.svg', 'image/svg+xml', walkSvg)}
      {save('Perfetto', 'schedule.trace.json', 'application/json', walkTrace)}
    </>
  );
}
