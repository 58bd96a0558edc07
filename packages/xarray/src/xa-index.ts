// Indices of an XArray go to 2^64 − 1, as numbers where those are exact and as bigints beyond. Inside
// they are two signed 32-bit halves, so that all arithmetic is exact and most of it on small integers.

import { assert } from '@forkless/errors';
import { CHUNK_MASK, CHUNK_SHIFT } from './node-layout.ts';

/** An index: a number up to 2^53 − 1, a bigint beyond (and, where given, below as well). */
export type XaIndex = number | bigint;

/** The largest index. */
export const XA_INDEX_MAX = 0xffff_ffff_ffff_ffffn;

const HALF = 2 ** 32;
const HIGH_EXACT_MAX = 2 ** 21;

/** The upper half of an index. */
export function highOf(index: XaIndex): number {
  if (typeof index === 'number') {
    assert(Number.isSafeInteger(index) && index >= 0, 'an index is an integer from 0 on');
    return Math.floor(index / HALF) | 0;
  }
  assert(index >= 0n && index <= XA_INDEX_MAX, 'an index is from 0 to 2^64 - 1');
  return Number(BigInt.asIntN(32, index >> 32n));
}

/** The lower half of an index. */
export function lowOf(index: XaIndex): number {
  return typeof index === 'number' ? index | 0 : Number(BigInt.asIntN(32, index));
}

/** The index of two halves. */
export function indexOf(high: number, low: number): XaIndex {
  if (high === 0) return low >>> 0;
  if (high >>> 0 < HIGH_EXACT_MAX) return (high >>> 0) * HALF + (low >>> 0);
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** Whether the first index is above the second. */
export function isAbove(high: number, low: number, otherHigh: number, otherLow: number): boolean {
  return high === otherHigh ? low >>> 0 > otherLow >>> 0 : high >>> 0 > otherHigh >>> 0;
}

/** The slot of an index in a node whose indices are shifted by `shift`, a multiple of 6. */
export function slotAt(high: number, low: number, shift: number): number {
  if (shift < 30) return (low >>> shift) & CHUNK_MASK;
  if (shift === 30) return ((low >>> 30) | (high << 2)) & CHUNK_MASK;
  return (high >>> (shift - 32)) & CHUNK_MASK;
}

/** Whether an index is beyond a tree whose root has that shift. */
export function isBeyond(high: number, low: number, shift: number): boolean {
  const bits = shift + CHUNK_SHIFT;
  if (bits >= 64) return false;
  if (bits >= 32) return high >>> (bits - 32) !== 0;
  return high !== 0 || low >>> bits !== 0;
}
