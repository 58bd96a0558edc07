export { Bitmap, NBITS_MAX, wordCount } from './bitmap.ts';
export type { BitmapErrno, BitmapRefusal, ParsedBitmap } from './parsed.ts';
export { formatHwloc, formatTaskset, parseHwloc, parseTaskset } from './text-hwloc.ts';
export { formatList, formatUtilLinuxList, parseList } from './text-list.ts';
export { formatMask, maskTextBits, parseMask } from './text-mask.ts';
export { WORD_BITS, wordFirst, wordNth, wordWeight } from './word.ts';
