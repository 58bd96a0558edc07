// What each way to make a process would have taken for a recording, and which processes none can make.
import type { Replayed } from '@forkless/spawn';
import { processName, type ProcessRecord } from '@forkless/trace';
import { download } from '../../export/download.ts';
import { replayCsv } from './recording-files.ts';
import { forkedOnly } from './replay-recording.ts';

const FORKED_SHOWN_MAX = 40;

interface ReplayTableProps {
  readonly records: readonly ProcessRecord[];
  readonly rows: readonly Replayed[];
  /** How many there will be. */
  readonly rowCount: number;
}

/** The table; rows come as they are replayed. */
export function ReplayTable({ records, rows, rowCount }: ReplayTableProps) {
  const copies = rows[0]?.memoryCopies ?? 0;
  return (
    <>
      <h3>Made another way</h3>
      <p>
        Every process of the recording is made again on the model, runs its programs and ends in the
        recorded order; a mechanism takes the place of what was fork and exec.
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Replays">
        <table data-test="replays">
          <thead>
            <tr>
              <th scope="col">made by</th>
              <Head text="served" />
              <Head text="system calls" />
              <Head text="objects" />
              <Head text="memory copies" />
              <Head text="copies saved" />
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.mechanism}>
                <th scope="row">{row.mechanism}</th>
                <Count count={row.served} />
                <Count count={row.syscalls} />
                <Count count={row.slabObjects} />
                <Count count={row.memoryCopies} />
                <Count count={copies - row.memoryCopies} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length < rowCount ? (
        <p aria-live="polite">
          Replaying {rows.length} of {rowCount}…
        </p>
      ) : (
        <button
          type="button"
          onClick={() => download('replays.csv', 'text/csv', replayCsv(rows))}
          data-test="replay-csv"
        >
          Save as CSV
        </button>
      )}
      <ForkedOnly records={records} />
    </>
  );
}

const Head = ({ text }: { readonly text: string }) => (
  <th scope="col" class="number">
    {text}
  </th>
);

const Count = ({ count }: { readonly count: number }) => (
  <td class="number">{count.toLocaleString('en')}</td>
);

/** Those that only a copy of the parent can make. */
function ForkedOnly({ records }: { readonly records: readonly ProcessRecord[] }) {
  const forked = forkedOnly(records);
  if (forked.length === 0) {
    return <p data-test="forked-only">Every process that was made ran a program.</p>;
  }
  const byPid = new Map(records.map((record) => [`${record.pid} ${record.incarnation}`, record]));
  const maker = ({ parent }: ProcessRecord) => {
    const found = parent && byPid.get(`${parent.pid} ${parent.incarnation}`);
    return found === undefined ? 'one that is not recorded' : `${processName(found)} ${found.pid}`;
  };
  return (
    <details>
      <summary data-test="forked-only">
        {forked.length.toLocaleString('en')} never ran a program: no spawn can make them, so they
        are forked in every row
      </summary>
      <ul>
        {forked.slice(0, FORKED_SHOWN_MAX).map((record) => (
          <li key={`${record.pid} ${record.incarnation}`}>
            {record.pid}, made by {maker(record)} after {(record.startNs / 1e6).toFixed(1)} ms
          </li>
        ))}
        {forked.length > FORKED_SHOWN_MAX ? (
          <li class="faint">and {forked.length - FORKED_SHOWN_MAX} more</li>
        ) : null}
      </ul>
    </details>
  );
}
