// One process from its first to its last moment, as the tracker found it in the events.
import type { CreateApi } from '../event.ts';

/** Names a process for good: a pid is handed out again once its process has ended. */
export interface ProcessKey {
  readonly pid: number;
  /** 0 for the first process of that pid in the recording, 1 for the next, and so on. */
  readonly incarnation: number;
}

/** A program that a process ran. */
export interface ExecNote {
  readonly timeNs: number;
  readonly path: string;
}

/** Programs that are kept for a process; those after them are only counted. */
export const EXECS_KEPT_MAX = 64;

/** A process; it changes as long as the tracker has not handed it on. */
export interface ProcessRecord extends ProcessKey {
  /** Undefined for the root, and for one whose creation the recording does not show. */
  parent: ProcessKey | undefined;
  /** True if the recording shows how it was made. */
  isCreated: boolean;
  api: CreateApi | undefined;
  flags: string;
  /** From its creation or its first line, whichever came first. */
  startNs: number;
  /** Undefined if it did not end within the recording. */
  endNs: number | undefined;
  /** When its first leader ended; earlier than `endNs` if another thread called exec. */
  leaderEndNs: number | undefined;
  exitCode: number | undefined;
  signal: string | undefined;
  /** Successful execs: the first `EXECS_KEPT_MAX` of them, and how many. */
  execs: ExecNote[];
  execCount: number;
  /** Those of them before the leader ended: an exec by another thread ends the leader first. */
  execCountOfLeader: number;
  execRefusedCount: number;
  /** Threads it made, its leader not among them. */
  threadCount: number;
  /** Processes it made. */
  childCount: number;
}

/** Makes a record; the tracker fills in the rest. */
export function createRecord(key: ProcessKey, startNs: number): ProcessRecord {
  return {
    pid: key.pid,
    incarnation: key.incarnation,
    parent: undefined,
    isCreated: false,
    api: undefined,
    flags: '',
    startNs,
    endNs: undefined,
    leaderEndNs: undefined,
    exitCode: undefined,
    signal: undefined,
    execs: [],
    execCount: 0,
    execCountOfLeader: 0,
    execRefusedCount: 0,
    threadCount: 0,
    childCount: 0,
  };
}
