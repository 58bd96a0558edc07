// What reading a text as a set yields: the set, or the errno the kernel would give and why.
import type { Refusal } from '@forkless/errors';
import type { Bitmap } from './bitmap.ts';

/** The errnos a text can be refused with: bad form, a bit beyond the width, a number beyond 32 bits. */
export type BitmapErrno = 'EINVAL' | 'ERANGE' | 'EOVERFLOW';

/** A text that is no set. */
export type BitmapRefusal = Refusal<BitmapErrno>;

/** The set a text spells, or the refusal. */
export type ParsedBitmap = { readonly ok: true; readonly bitmap: Bitmap } | BitmapRefusal;
