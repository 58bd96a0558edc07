// A recording of one's own, read in the page and sent nowhere: what it amounts to, who made whom, when.
import { baseName, keyNumber, type ProcessNode } from '@forkless/trace';
import { useSignal } from '@preact/signals';
import { download } from '../../export/download.ts';
import { readRecording, type Recording } from './read-recording.ts';
import { SAMPLE } from './sample.ts';
import { Timeline } from './timeline.tsx';

const FILE_BYTES_MAX = 2 ** 28;
const CHILDREN_SHOWN_MAX = 200;

/** What reading came to. */
type Read = { readonly recording: Recording } | { readonly problem: string };

function tryRead(name: string, text: string): Read {
  try {
    return { recording: readRecording(name, text) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** The view. */
export function RecordingView() {
  const read = useSignal<Read>(tryRead('sample', SAMPLE));
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    read.value =
      file.size > FILE_BYTES_MAX
        ? { problem: `${file.name}: expected at most 256 MiB, got ${file.size} bytes` }
        : tryRead(file.name, await file.text());
  };
  return (
    <section
      aria-labelledby="recording-title"
      onDragOver={(event: DragEvent) => event.preventDefault()}
      onDrop={(event: DragEvent) => {
        event.preventDefault();
        void take(event.dataTransfer?.files[0]);
      }}
    >
      <h2 id="recording-title">Your recording</h2>
      <p>
        Drop the output of <code>strace -f -ttt -T -e trace=process -o t.strace CMD</code> or of{' '}
        <code>perf script --ns</code> here. It is read in this page and goes nowhere.
      </p>
      <div class="controls">
        <label>
          recording
          <input
            type="file"
            onChange={(event) => void take(event.currentTarget.files?.[0])}
            data-test="recording"
          />
        </label>
      </div>
      {'problem' in read.value ? (
        <p class="error" role="alert">
          {read.value.problem}
        </p>
      ) : (
        <Shown recording={read.value.recording} />
      )}
    </section>
  );
}

function Shown({ recording }: { readonly recording: Recording }) {
  const { name, statistics, summary, roots, records, timeline, problems } = recording;
  const rows: readonly (readonly [string, number | string])[] = [
    ['processes made', statistics.createdProcesses],
    ['threads made', statistics.createdThreads],
    ['programs run', statistics.execOk],
    ['forks that never ran a program', statistics.forkWithoutExec],
    ['most alive at once', statistics.peakLiveProcesses],
    ['length', `${(summary.wallNs / 1e6).toFixed(1)} ms`],
  ];
  return (
    <>
      <h3>{name}</h3>
      {[...summary.warnings, ...problems].map((sentence) => (
        <p key={sentence} class="faint">
          {sentence}
        </p>
      ))}
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
      <button
        type="button"
        onClick={() => download(`${name}.json`, 'application/json', timeline)}
        data-test="perfetto"
      >
        Save the timeline for Perfetto
      </button>
      <h3>When</h3>
      <Timeline records={records} wallNs={summary.wallNs} />
      <h3>Who made whom</h3>
      <ul class="tree">
        {roots.map((node) => (
          <TreeNode key={keyNumber(node.record)} node={node} />
        ))}
      </ul>
    </>
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
      <details open>
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
