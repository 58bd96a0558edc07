// What stands behind the head of a line of strace: a call, its first or its second half, a signal, an
// end. Arguments may hold anything, so the result of a call is looked for from the right.

/** The result of a call. */
export type StraceResult =
  | { readonly ok: true; readonly value: number; readonly hasForeignPid: boolean }
  | { readonly ok: false; readonly errno: string };

/** One line, understood. */
export type StraceBody =
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: string;
      readonly result: StraceResult;
    }
  | { readonly kind: 'unfinished'; readonly name: string; readonly args: string }
  | {
      readonly kind: 'resumed';
      readonly name: string;
      readonly args: string;
      readonly result: StraceResult;
    }
  | {
      readonly kind: 'pid-changed';
      readonly name: string;
      readonly args: string;
      readonly leader: number;
    }
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'superseded'; readonly by: number }
  | { readonly kind: 'signal' }
  | { readonly kind: 'note' };

const CALL = /^(\w+)\(/;
const RESUMED = /^<\.\.\. (\w+) resumed>/;
const UNFINISHED = ' <unfinished ...>';
const PID_CHANGED = / <pid changed to (\d{1,10}) \.\.\.>$/;
const DURATION = / <\d+\.\d+>$/;
const EXITED = /^\+\+\+ exited with (\d{1,3}) \+\+\+$/;
const KILLED = /^\+\+\+ killed by (SIG\w+|\w+)(?: \(core dumped\))? \+\+\+$/;
const SUPERSEDED = /^\+\+\+ superseded by execve in pid (\d{1,10}) \+\+\+$/;
const VALUE = /^(-?\d+|0x[0-9a-f]+)(?:<.*>)?(?: \/\* (\d{1,10}) in strace's PID NS \*\/)?(?: .*)?$/;
const REFUSED = /^(?:-1|\?) ([A-Z][A-Z0-9]*)\b/;
const NOTES = /^(?:strace: |\[ Process PID=\d+ runs in|Process \d+ (?:attached|detached))/;

/** Reads one body; undefined if it is none. O(body). @see strace 6.1, strace.c and syscall.c */
export function readBody(text: string): StraceBody | undefined {
  const start = text.charCodeAt(0);
  if (start === 0x2b) return readEnd(text);
  if (start === 0x2d)
    return text.startsWith('--- ') && text.endsWith(' ---') ? { kind: 'signal' } : undefined;
  if (start === 0x3c) return readResumed(text);
  return readCall(text);
}

function readEnd(text: string): StraceBody | undefined {
  const exited = EXITED.exec(text);
  if (exited !== null) return { kind: 'exited', code: Number(exited[1]) };
  const killed = KILLED.exec(text);
  if (killed !== null) return { kind: 'killed', signal: killed[1] as string };
  const superseded = SUPERSEDED.exec(text);
  return superseded === null ? undefined : { kind: 'superseded', by: Number(superseded[1]) };
}

function readResumed(text: string): StraceBody | undefined {
  const head = RESUMED.exec(text);
  if (head === null) return undefined;
  const name = head[1] as string;
  const from = head[0].length;
  // A call that is torn twice, as by a signal that strace prints in between.
  if (text.endsWith(UNFINISHED)) {
    return { kind: 'unfinished', name, args: text.slice(from, -UNFINISHED.length) };
  }
  return readResult(text, from, (args, result) => ({ kind: 'resumed', name, args, result }));
}

function readCall(text: string): StraceBody | undefined {
  const head = CALL.exec(text);
  if (head === null) return NOTES.test(text) ? { kind: 'note' } : undefined;
  const name = head[1] as string;
  const from = head[0].length;
  if (text.endsWith(UNFINISHED)) {
    return { kind: 'unfinished', name, args: text.slice(from, -UNFINISHED.length) };
  }
  if (text.endsWith(' ...>')) {
    const changed = PID_CHANGED.exec(text);
    if (changed !== null) {
      return {
        kind: 'pid-changed',
        name,
        args: text.slice(from, changed.index),
        leader: Number(changed[1]),
      };
    }
  }
  return readResult(text, from, (args, result) => ({ kind: 'call', name, args, result }));
}

function readResult(
  text: string,
  from: number,
  make: (args: string, result: StraceResult) => StraceBody,
): StraceBody | undefined {
  const duration = text.endsWith('>') ? DURATION.exec(text) : null;
  const to = duration === null ? text.length : duration.index;
  const equals = text.lastIndexOf(' = ', to);
  if (equals < from) return undefined;
  const result = parseResult(text.slice(equals + 3, to));
  if (result === undefined) return undefined;
  return make(text.slice(from, equals), result);
}

// `RET`, `RET` and a comment `N in strace's PID NS`, `-1 ENAME (text)`, `?` or `? ENAME (text)`.
function parseResult(text: string): StraceResult | undefined {
  const refused = REFUSED.exec(text);
  if (refused !== null) return { ok: false, errno: refused[1] as string };
  if (text === '?') return { ok: false, errno: '?' };
  const value = VALUE.exec(text);
  if (value === null) return undefined;
  return { ok: true, value: Number(value[2] ?? value[1]), hasForeignPid: value[2] !== undefined };
}
