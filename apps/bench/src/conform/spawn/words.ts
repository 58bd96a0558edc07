// How recordings spell numbers, modes and bytes: names of flags joined by `|`, octal text, and texts whose
// characters are bytes.

import { ConfigError } from '@forkless/errors';
import * as task from '@forkless/task';
import type { Json } from './scenario.ts';

/** Capabilities by number. */
const CAPABILITIES = [
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE',
  'NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO',
  'SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME',
  'SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG',
  'WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE',
].flatMap((line) => line.split(' '));

const OTHER_WORDS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(CAPABILITIES.map((name, number) => [`CAP_${name}`, number])),
  PR_CAP_AMBIENT_IS_SET: 1,
  PR_CAP_AMBIENT_RAISE: 2,
  PR_CAP_AMBIENT_LOWER: 3,
  PR_CAP_AMBIENT_CLEAR_ALL: 4,
  UINT_MAX: 0xffff_ffff,
  AF_UNSPEC: 0,
  AF_INET6: 10,
  AF_NETLINK: 16,
  AF_PACKET: 17,
  SOCK_RDM: 4,
  O_DSYNC: 0o10000,
  O_ASYNC: 0o20000,
  O_TMPFILE: 0o20200000,
  F_DUPFD_QUERY: 1027,
  F_CREATED_QUERY: 1028,
  MS_BIND: 4096,
  MFD_HUGETLB: 4,
  ...task.PIDFD_SIGNAL,
};

/** The number behind `A|B|0x10` or a plain number; absent is `fallback`. */
export function numberOf(words: Json | undefined, fallback = 0): number {
  if (words === undefined || words === null) return fallback;
  if (typeof words === 'number') return words;
  return String(words)
    .split('|')
    .reduce((sum, word) => sum + wordValue(word.trim()), 0);
}

function wordValue(word: string): number {
  const known = (task as unknown as Record<string, unknown>)[word] ?? OTHER_WORDS[word];
  if (typeof known === 'number') return known;
  const value = Number(word);
  if (Number.isNaN(value))
    throw new ConfigError(`No number is known for "${word}" in a recording.`);
  return value;
}

/** Octal text as modes are given in; absent is `fallback`. */
export function modeOf(text: Json | undefined, fallback: number): number {
  return text === undefined ? fallback : Number.parseInt(String(text), 8);
}

/** The bytes of a text whose characters are bytes. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Bytes as text, one character a byte. */
export function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
