// Text from bytes and back. One decoder serves all, as it keeps nothing between calls and is dear to make.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes `from` to `to` as text: UTF-8, with replacement characters for what is none. */
export function decodeText(bytes: Uint8Array, from = 0, to = bytes.length): string {
  return decoder.decode(bytes.subarray(from, to));
}

/** Text as UTF-8. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A string of its own: a slice would keep the whole line it was cut from alive. */
export function detached(text: string): string {
  return text.length === 0 ? text : decoder.decode(encoder.encode(text));
}
