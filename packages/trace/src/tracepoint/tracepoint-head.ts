// The head of a line that names a tracepoint, in the text of perf script, of ftrace and of trace-cmd. The
// command at its start may hold blanks, colons, brackets, dashes; what can be relied on is `TID [CPU]`, the
// time and the name after it, and that the command takes 16 bytes before them.
import { isDigit, readDecimal, readFractionNs, skipBlanks, skipDigits } from '../input/bytes.ts';

/** Bytes that all three programs pad a command to. @see include/linux/sched.h, TASK_COMM_LEN, v6.12 */
const COMM_COLUMNS = 16;

const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const BLANK = 0x20;
const DOT = 0x2e;
const COLON = 0x3a;
const DASH = 0x2d;
const SLASH = 0x2f;
const PAREN = 0x28;
const PAREN_END = 0x29;

/** Where things stand in a line; one object is used for all lines of a recording. */
export interface TracepointHead {
  tid: number;
  sec: number;
  fractionNs: number;
  /** The name of the event, without its system. */
  nameFrom: number;
  nameTo: number;
  argsFrom: number;
}

/** An empty head, to be filled. */
export function createHead(): TracepointHead {
  return { tid: 0, sec: 0, fractionNs: 0, nameFrom: 0, nameTo: 0, argsFrom: 0 };
}

/**
 * Fills `head` from a line; false if it is no line of an event. O(line).
 *
 * @see tools/perf/builtin-script.c, perf_sample__fprintf_start(), v6.12
 * @see kernel/trace/trace_output.c, trace_print_context(), v6.12
 */
export function readHead(
  head: TracepointHead,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  // A command that looks like a head itself lies within its columns; only a line whose blanks were taken
  // away is searched from its start.
  return (
    searchHead(head, bytes, Math.min(to, from + COMM_COLUMNS), to, from) ||
    searchHead(head, bytes, from, to, from)
  );
}

function searchHead(
  head: TracepointHead,
  bytes: Uint8Array,
  searchFrom: number,
  to: number,
  from: number,
): boolean {
  for (let at = searchFrom; at < to; at++) {
    if (bytes[at] !== BRACKET) continue;
    const after = skipDigits(bytes, at + 1, to);
    if (after === at + 1 || bytes[after] !== BRACKET_END) continue;
    if (readTid(head, bytes, from, at) && readTimeAndName(head, bytes, after + 1, to)) return true;
  }
  return false;
}

/** Reads leftwards from the bracket: blanks, perhaps `(TGID)`, the digits of the tid. */
function readTid(
  head: TracepointHead,
  bytes: Uint8Array,
  from: number,
  bracketAt: number,
): boolean {
  let at = blanksBefore(bytes, from, bracketAt);
  if (at > from && bytes[at - 1] === PAREN_END) {
    while (at > from && bytes[at - 1] !== PAREN) at--;
    at = blanksBefore(bytes, from, at - 1);
  }
  const to = at;
  while (at > from && isDigit(bytes[at - 1])) at--;
  if (at === to || at === from || to - at > 10) return false;
  const before = bytes[at - 1];
  if (before !== BLANK && before !== DASH && before !== SLASH) return false;
  head.tid = readDecimal(bytes, at, to);
  return true;
}

function blanksBefore(bytes: Uint8Array, from: number, to: number): number {
  let at = to;
  while (at > from && bytes[at - 1] === BLANK) at--;
  return at;
}

/** Reads `[flags] SEC.FRACTION: [system:]event: ` from behind the bracket on. */
function readTimeAndName(
  head: TracepointHead,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  let at = skipBlanks(bytes, from, to);
  if (!isDigit(bytes[at])) {
    while (at < to && bytes[at] !== BLANK) at++;
    at = skipBlanks(bytes, at, to);
  }
  const point = skipDigits(bytes, at, to);
  if (point === at || point - at > 15 || bytes[point] !== DOT) return false;
  const colon = skipDigits(bytes, point + 1, to);
  if (colon === point + 1 || bytes[colon] !== COLON) return false;
  head.sec = readDecimal(bytes, at, point);
  head.fractionNs = readFractionNs(bytes, point + 1, colon);
  return readName(head, bytes, skipBlanks(bytes, colon + 1, to), to);
}

function readName(head: TracepointHead, bytes: Uint8Array, from: number, to: number): boolean {
  head.nameFrom = from;
  for (let at = from; at < to; at++) {
    const byte = bytes[at];
    if (byte === BLANK) return false;
    if (byte !== COLON) continue;
    if (at + 1 < to && bytes[at + 1] !== BLANK) {
      head.nameFrom = at + 1;
      continue;
    }
    head.nameTo = at;
    head.argsFrom = skipBlanks(bytes, at + 1, to);
    return at > head.nameFrom;
  }
  return false;
}
