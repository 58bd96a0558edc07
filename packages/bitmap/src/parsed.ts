// What reading a text as a set yields: the set, or the errno the kernel would give and why.
import type { Bitmap } from './bitmap.ts';

/** The errnos a text can be refused with: bad form, a bit beyond the width, a number beyond 32 bits. */
export type BitmapErrno = 'EINVAL' | 'ERANGE' | 'EOVERFLOW';

/** A text that is no set. */
export interface BitmapRefusal {
  readonly ok: false;
  readonly errno: BitmapErrno;
  readonly reason: string;
}

/** The set a text spells, or the refusal. */
export type ParsedBitmap = { readonly ok: true; readonly bitmap: Bitmap } | BitmapRefusal;

/** Makes a refusal. */
export function refuse(errno: BitmapErrno, reason: string): BitmapRefusal {
  return { ok: false, errno, reason };
}
