// A process as a recording tells of it, as far as it has to be known to be made again, and what happened to
// all of them in order. The records of @forkless/trace are such processes.

/** Names a process for good: a pid is handed out again once its process has ended. */
export interface RecordedKey {
  readonly pid: number;
  /** 0 for the first process of that pid, 1 for the next, and so on. */
  readonly incarnation: number;
}

/** A recorded process. */
export interface RecordedProcess extends RecordedKey {
  /** Undefined where the recording does not show who made it. */
  readonly parent: RecordedKey | undefined;
  /** Whether the recording shows how it was made. */
  readonly isCreated: boolean;
  /** The call that made it. */
  readonly api: string | undefined;
  /** Its clone flags, as strace words or in hexadecimal as tracepoints have them. */
  readonly flags: string;
  readonly startNs: number;
  /** Undefined where it did not end within the recording. */
  readonly endNs: number | undefined;
  readonly exitCode: number | undefined;
  /** The programs it ran. */
  readonly execs: readonly { readonly timeNs: number; readonly path: string }[];
  /** Programs it looked for in vain. */
  readonly execRefusedCount: number;
}

/** One thing that happens to one process. */
export interface LifeEvent {
  readonly timeNs: number;
  readonly kind: 'create' | 'exec' | 'exit';
  readonly record: RecordedProcess;
  /** The program of an exec. */
  readonly path: string;
}

/** Everything that happened, in order; at one time makers come before what they made. O(n log n). */
export function lifeEvents(records: readonly RecordedProcess[]): LifeEvent[] {
  return records
    .toSorted((a, b) => a.startNs - b.startNs)
    .flatMap((record): LifeEvent[] => [
      { timeNs: record.startNs, kind: 'create', record, path: '' },
      ...record.execs.map(({ timeNs, path }): LifeEvent => ({
        timeNs,
        kind: 'exec',
        record,
        path,
      })),
      ...(record.endNs === undefined
        ? []
        : [{ timeNs: record.endNs, kind: 'exit', record, path: '' } as const]),
    ])
    .toSorted((a, b) => a.timeNs - b.timeNs);
}
