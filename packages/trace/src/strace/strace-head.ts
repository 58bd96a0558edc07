// The head of a line of strace: who, and when in one of the five spellings that its options choose.
import type { TraceClock } from '../input/trace-clock.ts';

/** Who and when; one object is used for all lines of a recording. */
export interface StraceHead {
  /** 0 where the log has no pids, as of a single process. */
  tid: number;
  timeNs: number;
  bodyFrom: number;
}

const DAY_SEC = 86_400;

/** Nanoseconds that the last digit of a fraction is worth, by its number of digits. */
const SCALES = [0, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 10, 1];

/** `PID ` padded to five columns, or `[pid N] `; with --decode-pids=comm the command follows in <>. */
const PID = /^(?:\[pid +(\d{1,10})(?:<.{0,32}?>)?\] +|(\d{1,10})(?:<.{0,32}?>)? +(?![.:]))/;
/** `SEC.FRACTION ` (-ttt, -r) or `HH:MM:SS[.FRACTION] ` (-t, -tt). */
const TIME =
  /^ *(?:(\d{1,12})\.(\d{1,9})|(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?) +(?:\(\+ +[\d.]+\) )?/;

/**
 * Reads heads. Times that start over at midnight (-tt) go on, and times relative to the line before (-r)
 * are summed up.
 *
 * @see strace 6.1, strace.c, printleader()
 */
export class StraceHeads {
  readonly #clock: TraceClock;
  readonly #onNoTime: () => void;
  #days = 0;
  #lastSecOfDay = 0;
  #sumSec = 0;
  #sumNs = 0;

  constructor(clock: TraceClock, onNoTime: () => void) {
    this.#clock = clock;
    this.#onNoTime = onNoTime;
  }

  /** Fills `head` from a line. */
  read(head: StraceHead, line: string): void {
    const pid = PID.exec(line);
    head.tid = pid === null ? 0 : Number(pid[1] ?? pid[2]);
    const from = pid === null ? 0 : pid[0].length;
    const time = TIME.exec(from === 0 ? line : line.slice(from));
    head.bodyFrom = from + (time === null ? 0 : time[0].length);
    if (time !== null) head.timeNs = this.#time(time);
    else {
      this.#onNoTime();
      head.timeNs = this.#clock.latestNs;
    }
  }

  #time([
    ,
    sec,
    fraction = '',
    hours,
    minutes,
    seconds,
    dayFraction = '',
  ]: RegExpExecArray): number {
    if (sec === undefined) {
      return this.#timeOfDay(
        Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds),
        toNs(dayFraction),
      );
    }
    // No machine has run since before 1980, and no call takes ten years.
    if (sec.length >= 9) return this.#clock.sinceOrigin(Number(sec), toNs(fraction));
    this.#sumSec += Number(sec);
    this.#sumNs += toNs(fraction);
    this.#sumSec += Math.floor(this.#sumNs / 1e9);
    this.#sumNs %= 1e9;
    return this.#clock.sinceOrigin(this.#sumSec, this.#sumNs);
  }

  #timeOfDay(sec: number, ns: number): number {
    if (sec < this.#lastSecOfDay - DAY_SEC / 2) this.#days++;
    this.#lastSecOfDay = sec;
    return this.#clock.sinceOrigin(this.#days * DAY_SEC + sec, ns);
  }
}

function toNs(fraction: string): number {
  return Number(fraction) * (SCALES[fraction.length] as number);
}
