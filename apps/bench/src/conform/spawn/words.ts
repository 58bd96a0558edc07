// How recordings spell numbers, modes and bytes: names of flags joined by `|`, octal text, and texts whose
// characters are bytes.

import { ConfigError } from '@forkless/errors';
import * as task from '@forkless/task';
import type { Json } from './scenario.ts';

const OTHER_WORDS: Readonly<Record<string, number>> = {
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
