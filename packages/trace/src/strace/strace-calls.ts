// What the arguments of the calls that make a task or run a program tell.
import type { CreateApi } from '../event.ts';

/** The calls that make a task. */
export function isCreate(
  name: string,
): name is CreateApi & ('fork' | 'vfork' | 'clone' | 'clone3') {
  return name === 'clone' || name === 'vfork' || name === 'clone3' || name === 'fork';
}

/** The calls that run a program. */
export function isExec(name: string): boolean {
  return name === 'execve' || name === 'execveat';
}

const FLAGS = /(?:^|[{ ,])flags=([A-Z0-9_|x]+)/;

/** The flags as strace prints them: `CLONE_VM|CLONE_VFORK`, with the exit signal for clone; `vfork()`. */
export function createFlags(name: CreateApi, args: string): string {
  if (name === 'vfork' || name === 'fork') return `${name}()`;
  return FLAGS.exec(args)?.[1] ?? '';
}

/** Whether printed flags hold CLONE_THREAD. */
export function isThreadFlags(flags: string): boolean {
  return /(?:^|\|)CLONE_THREAD(?:\||$)/.test(flags);
}

/**
 * The first string among the arguments, its escapes read: the path of execve and of execveat. Where
 * strace cut it (`"..."...`) the rest is missing.
 */
export function firstString(args: string): string | undefined {
  const from = args.indexOf('"');
  if (from < 0) return undefined;
  for (let at = from + 1; at < args.length; at++) {
    const code = args.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return unescape(args.slice(from + 1, at));
  }
  return undefined;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', v: '\v', f: '\f' };

function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(x[0-9a-f]{2}|[0-7]{1,3}|[^])/g, (_, code: string) => {
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    if (/^x[0-9a-f]{2}/.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return ESCAPES[code] ?? code;
  });
}
