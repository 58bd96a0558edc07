// Which program wrote a recording, told from its first lines.
import type { TraceFormat } from './input/trace-reader.ts';

/** Lines that are looked at. */
const LINES_LOOKED_AT = 50;

const SIGNS: readonly (readonly [format: TraceFormat, sign: RegExp])[] = [
  ['ndjson', /^\{"(?:forklessTrace|kind)":/],
  [
    'forkstate',
    /^(?:# |N )?(?:ns ptgid ptid child flags |\d+ \d+ \d+ \d+ [0-9a-f]+ \d+ \d+ [0-9a-f]+ [0-9a-f]+ )/,
  ],
  ['tracepoint', /\[\d+\] +(?:\S+ +)?\d+\.\d+: *(?:\w+:)?\w+: |^# tracer: |^cpus=\d+$/],
  [
    'strace',
    /^(?:\[pid +\d+\] |\d+(?:<[^>]*>)? +)?(?: *[\d:]+(?:\.\d+)? +)?(?:\w+\(.*(?:= (?:-?\d|0x|\?)| \.\.\.>)|<\.\.\. \w+ resumed>|--- (?:SIG|stopped)|\+\+\+ (?:exited|killed|superseded))/,
  ],
];

/** The format of a recording that begins with `text`, or undefined. O(text). */
export function detectFormat(text: string): TraceFormat | undefined {
  for (const line of text.split('\n', LINES_LOOKED_AT)) {
    const short = line.slice(0, 2000);
    for (const [format, sign] of SIGNS) if (sign.test(short)) return format;
  }
  return undefined;
}
