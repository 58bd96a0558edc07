// What one lane is doing: its rate, its CPUs, its locks, how far its cache lines travel, its ids. It is
// rendered once; a report changes texts and pictures in place.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { ID_SHOWN_MAX, type LaneReport, type Stepped } from './lane.ts';
import { CpuPicture, IdPicture } from './lane-pictures.ts';
import type { Race } from './race-state.ts';

/** Distances between CPUs, nearest first, as the machine has them. */
const DISTANCES = ['same', 'smt', 'l2', 'l3', 'package', 'remote'] as const;

interface LaneCardProps {
  readonly race: Race;
  readonly name: string;
  readonly index: number;
  readonly cpuCount: number;
  /** Whether to name the step of each CPU. */
  readonly isSlow: boolean;
}

/** The texts of a card. */
class CardTexts {
  readonly pairs = signal('0');
  readonly ps = signal('0');
  readonly rate = signal('0');
  readonly lately = signal('0');
  readonly waiting = signal('');
  readonly ids = signal('');
  readonly refusals = signal('');
  readonly transfers: ReadonlyMap<string, Signal<string>> = new Map(
    DISTANCES.map((name) => [name, signal('')]),
  );

  take(report: LaneReport, lately: number): void {
    const { nowPs, pairCount, lockCount, waitingCount, queueLength, transfers } = report;
    const rate = nowPs === 0 ? 0 : pairCount / (nowPs / 1e12);
    this.pairs.value = String(pairCount);
    this.ps.value = String(nowPs);
    this.rate.value = inWords(rate);
    this.lately.value = inWords(lately);
    const locks = lockCount === 1 ? '1 lock' : `${lockCount} locks`;
    this.waiting.value = `${locks}, ${waitingCount} CPUs wait, longest queue ${queueLength}`;
    this.ids.value = `last id ${report.lastId}; ${report.liveCount} live below ${ID_SHOWN_MAX}`;
    const refused = Object.entries(report.refusals);
    this.refusals.value = refused.map(([errno, count]) => `${count} × ${errno}`).join(', ');
    for (const [name, text] of this.transfers) {
      const count = transfers[name] ?? 0;
      text.value = count === 0 ? '–' : (count / Math.max(1, pairCount)).toFixed(2);
    }
  }
}

const inWords = (value: number) => Math.round(value).toLocaleString('en');

/** The card. */
export function LaneCard({ race, name, index, cpuCount, isSlow }: LaneCardProps) {
  const texts = useMemo(() => new CardTexts(), []);
  const cpus = useRef<HTMLCanvasElement>(null);
  const ids = useRef<HTMLCanvasElement>(null);
  const steps = useMemo(() => signal<readonly string[]>([]), []);
  useEffect(() => {
    const cpuPicture = new CpuPicture(cpus.current!);
    const idPicture = new IdPicture(ids.current!);
    let shown: LaneReport | undefined;
    const watch = new ResizeObserver(([entry]) => {
      cpuPicture.fit(Math.floor(entry!.contentRect.width), shown?.cpus.length ?? cpuCount);
      if (shown !== undefined) cpuPicture.paint(shown.cpus);
    });
    watch.observe(cpus.current!.parentElement!);
    const leave = race.onDraw(({ lanes, history }) => {
      const report = lanes[index];
      if (report === undefined) return;
      if (report.cpus.length !== (shown?.cpus.length ?? -1)) {
        cpuPicture.fit(cpus.current!.parentElement!.clientWidth, report.cpus.length);
      }
      shown = report;
      texts.take(report, history.lately(index));
      steps.value = report.steps;
      cpuPicture.paint(report.cpus);
      idPicture.paint(report.ids);
    });
    return () => {
      leave();
      watch.disconnect();
    };
  }, [race, index, cpuCount]);
  return (
    <article class="lane" aria-label={name}>
      <h3>
        <span class="swatch" style={{ background: `var(--series-${index})` }} />
        {name}
      </h3>
      <div class="rate" data-test="rate" data-pairs={texts.pairs} data-ps={texts.ps}>
        {texts.rate} <small>pairs/s</small>
      </div>
      <p class="faint">lately {texts.lately}</p>
      <p class="faint">{texts.waiting}</p>
      <div class="cpus">
        <canvas ref={cpus} role="img" aria-label={`${cpuCount} CPUs: goes on, holds, or waits`} />
      </div>
      {isSlow ? <Steps race={race} index={index} steps={steps} /> : null}
      <Transfers texts={texts} />
      <canvas ref={ids} class="ids" role="img" aria-label={`Ids below ${ID_SHOWN_MAX}`} />
      <p class="faint">{texts.ids}</p>
      <Refusals text={texts.refusals} />
    </article>
  );
}

interface StepsOfLane {
  readonly race: Race;
  readonly index: number;
  readonly steps: Signal<readonly string[]>;
}

/** The step each CPU is at, and what the last one did. */
function Steps({ race, index, steps }: StepsOfLane) {
  const last = race.steps.value[index]?.at(-1);
  return (
    <>
      {last === undefined ? null : <LastStep stepped={last} />}
      <ol class="steps" data-test="steps">
        {steps.value.map((step, cpu) => (
          <li key={cpu} class={last?.cpu === cpu ? 'now' : ''}>
            <span class="faint">CPU {cpu}</span> {step}
          </li>
        ))}
      </ol>
    </>
  );
}

function LastStep({ stepped: { cpu, step, startPs, tookPs, touched } }: { stepped: Stepped }) {
  return (
    <div class="stepped" data-test="stepped">
      <strong>CPU {cpu}</strong> at {(startPs / 1000).toLocaleString('en')} ns: {step}
      <br />
      {tookPs === undefined ? 'waits' : `took ${(tookPs / 1000).toLocaleString('en')} ns`}
      {touched.length === 0 ? '' : `; ${touched.join(', ')}`}
    </div>
  );
}

/** Calls that the kernel refused; there are none unless ids run out. */
function Refusals({ text }: { readonly text: Signal<string> }) {
  return text.value === '' ? null : <p class="error">refused: {text}</p>;
}

/** Cache lines fetched from other CPUs, by distance, a pair. */
function Transfers({ texts }: { readonly texts: CardTexts }) {
  return (
    <table class="transfers">
      <caption class="faint">cache lines fetched from others, a pair, by distance</caption>
      <thead>
        <tr>
          {DISTANCES.slice(1).map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <tr>
          {DISTANCES.slice(1).map((name) => (
            <td key={name} class="number">
              {texts.transfers.get(name)}
            </td>
          ))}
        </tr>
      </tbody>
    </table>
  );
}
