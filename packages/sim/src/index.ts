export const WORD_BITS = 32;
