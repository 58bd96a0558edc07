// A recording of one's own, read in the page and sent nowhere: what it amounts to, who made whom, when, and
// what it would take to make the same processes another way.
import { MECHANISMS, type Replayed } from '@forkless/spawn';
import {
  baseName,
  buildProcessTree,
  keyNumber,
  type ForkStateStatistics,
  type ProcessNode,
} from '@forkless/trace';
import { signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { download } from '../../export/download.ts';
import type { Recording } from './read-recording.ts';
import { processesCsv, timelineSvg } from './recording-files.ts';
import type { FromRecordingWorker, ToRecordingWorker } from './recording-worker.ts';
import { ReplayTable } from './replay-table.tsx';
import { SAMPLE } from './sample.ts';
import { Timeline } from './timeline.tsx';

const CHILDREN_SHOWN_MAX = 200;
/** Each mechanism, and the recording as it was. */
const REPLAY_COUNT = MECHANISMS.length + 1;

/** What is known of the recording that was dropped last. */
class Reading {
  readonly recording = signal<Recording | undefined>(undefined);
  readonly rows = signal<readonly Replayed[]>([]);
  readonly problem = signal<string | undefined>(undefined);
  #worker: Worker | undefined;

  /** Reads another; a worker of its own, so that one under way can be given up. */
  read(asked: ToRecordingWorker): void {
    this.end();
    this.rows.value = [];
    this.problem.value = undefined;
    this.recording.value = undefined;
    const worker = new Worker(new URL('./recording-worker.ts', import.meta.url), {
      type: 'module',
    });
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<FromRecordingWorker>) => {
      if (worker === this.#worker) this.#hear(data);
    });
    worker.addEventListener('error', ({ message }) => (this.problem.value = message));
    worker.postMessage(asked, []);
  }

  end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #hear(message: FromRecordingWorker): void {
    if (message.kind === 'read') this.recording.value = message.recording;
    else if (message.kind === 'replayed') this.rows.value = [...this.rows.value, message.row];
    else this.problem.value = message.problem;
  }
}

/** The view. */
export function RecordingView() {
  const reading = useMemo(() => new Reading(), []);
  useEffect(() => {
    reading.read({ name: 'sample', text: SAMPLE });
    return () => reading.end();
  }, [reading]);
  const take = (file: File | undefined) => {
    if (file !== undefined) reading.read({ file });
  };
  const recording = reading.recording.value;
  const problem = reading.problem.value;
  return (
    <section
      aria-labelledby="recording-title"
      onDragOver={(event: DragEvent) => event.preventDefault()}
      onDrop={(event: DragEvent) => {
        event.preventDefault();
        take(event.dataTransfer?.files[0]);
      }}
    >
      <h2 id="recording-title">Your recording</h2>
      <p>
        Drop the output of <code>strace -f -ttt -T -e trace=process -o t.strace CMD</code> or of{' '}
        <code>perf script --ns</code> here, packed with gzip or not. It is read in this page and
        goes nowhere.
      </p>
      <div class="controls">
        <label>
          recording
          <input
            type="file"
            onChange={(event) => take(event.currentTarget.files?.[0])}
            data-test="recording"
          />
        </label>
      </div>
      {problem === undefined ? null : (
        <p class="error" role="alert">
          {problem}
        </p>
      )}
      {recording === undefined && problem === undefined ? <p aria-live="polite">Reading…</p> : null}
      {recording === undefined ? null : <Shown recording={recording} rows={reading.rows.value} />}
    </section>
  );
}

interface ShownProps {
  readonly recording: Recording;
  readonly rows: readonly Replayed[];
}

function Shown({ recording, rows }: ShownProps) {
  const { name, summary, records, problems, forkState } = recording;
  const roots = useMemo(() => buildProcessTree(records), [records]);
  return (
    <>
      <h3>{name === 'sample' ? 'A sample: a shell and a pipeline' : name}</h3>
      {[...summary.warnings, ...problems].map((sentence) => (
        <p key={sentence} class="faint">
          {sentence}
        </p>
      ))}
      {forkState === undefined ? (
        <Statistics recording={recording} />
      ) : (
        <ForkStates statistics={forkState} />
      )}
      {records.length === 0 ? null : (
        <>
          <Saves recording={recording} />
          <ReplayTable records={records} rows={rows} rowCount={REPLAY_COUNT} />
          <h3>When</h3>
          <Timeline records={records} wallNs={summary.wallNs} />
          <h3>Who made whom</h3>
          <ul class="tree">
            {roots.map((node) => (
              <TreeNode key={keyNumber(node.record)} node={node} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Statistics({ recording: { statistics, summary } }: { readonly recording: Recording }) {
  return (
    <Rows
      rows={[
        ['processes made', statistics.createdProcesses],
        ['threads made', statistics.createdThreads],
        ['programs run', statistics.execOk],
        ['forks that never ran a program', statistics.forkWithoutExec],
        ['most alive at once', statistics.peakLiveProcesses],
        ['length', `${(summary.wallNs / 1e6).toFixed(1)} ms`],
      ]}
    />
  );
}

/** What parents looked like when they forked; which of the children ran a program is not in there. */
function ForkStates({ statistics }: { readonly statistics: ForkStateStatistics }) {
  const { processes, threads, openFds, vmas, rssPages, multithreadedParents } = statistics;
  const spread = ({ p50, max }: typeof vmas) => `${p50 ?? '–'}, at most ${max ?? '–'}`;
  return (
    <Rows
      rows={[
        ['processes made', processes],
        ['threads made', threads],
        ['mappings of a parent, median', spread(vmas)],
        ['resident pages of a parent, median', spread(rssPages)],
        ['open descriptors of a parent, median', spread(openFds)],
        ['parents with more than one thread', multithreadedParents],
      ]}
    />
  );
}

function Rows({ rows }: { readonly rows: readonly (readonly [string, number | string])[] }) {
  return (
    <table data-test="statistics">
      <tbody>
        {rows.map(([what, value]) => (
          <tr key={what}>
            <th scope="row">{what}</th>
            <td class="number">{value.toLocaleString('en')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Saves({ recording }: { readonly recording: Recording }) {
  const { name, timeline, records, summary } = recording;
  return (
    <div class="controls">
      <button
        type="button"
        onClick={() => download(`${name}.json`, 'application/json', timeline)}
        data-test="perfetto"
      >
        Save the timeline for Perfetto
      </button>
      <button
        type="button"
        onClick={() => download(`${name}.csv`, 'text/csv', processesCsv(records))}
      >
        CSV
      </button>
      <button
        type="button"
        onClick={() =>
          download(`${name}.svg`, 'image/svg+xml', timelineSvg(records, summary.wallNs))
        }
      >
        SVG
      </button>
    </div>
  );
}

function TreeNode({ node }: { readonly node: ProcessNode }) {
  const { record, children } = node;
  const programs = record.execs.map(({ path }) => baseName(path)).join(' → ');
  const label = (
    <>
      {programs === '' ? <em>never ran a program</em> : programs}{' '}
      <span class="faint">
        {record.pid}
        {record.api === undefined ? '' : `, ${record.api}`}
      </span>
    </>
  );
  if (children.length === 0) return <li>{label}</li>;
  return (
    <li>
      <details open={children.length <= CHILDREN_SHOWN_MAX}>
        <summary>{label}</summary>
        <ul>
          {children.slice(0, CHILDREN_SHOWN_MAX).map((child) => (
            <TreeNode key={keyNumber(child.record)} node={child} />
          ))}
          {children.length > CHILDREN_SHOWN_MAX ? (
            <li class="faint">and {children.length - CHILDREN_SHOWN_MAX} more</li>
          ) : null}
        </ul>
      </details>
    </li>
  );
}
