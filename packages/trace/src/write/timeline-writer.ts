// What the writers of timelines share: processes come in as the tracker is done with them, those that
// never ended wait until the length of the recording is known.
import type { ProcessRecord } from '../process/process-record.ts';

/** Writes a timeline piece by piece. */
export interface TimelineWriter {
  /** Takes a finished process; pass it to `onRecord` of a `ProcessSink`. */
  process(record: ProcessRecord): void;
  /** Writes what is left; `lastNs` is the length of the recording. */
  end(lastNs: number): void;
}

/** Makes a writer from a function that writes one process, and what stands before and after them. */
export function createTimelineWriter(parts: {
  readonly begin: () => void;
  readonly write: (record: ProcessRecord, lastNs: number) => void;
  readonly end: () => void;
}): TimelineWriter {
  const living: ProcessRecord[] = [];
  let isBegun = false;
  const write = (record: ProcessRecord, lastNs: number) => {
    if (!isBegun) parts.begin();
    isBegun = true;
    parts.write(record, lastNs);
  };
  return {
    process(record) {
      if (record.endNs === undefined) living.push(record);
      else write(record, record.endNs);
    },
    end(lastNs) {
      for (const record of living) write(record, lastNs);
      if (!isBegun) parts.begin();
      parts.end();
    },
  };
}
