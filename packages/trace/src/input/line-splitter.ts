// Cuts a stream of chunks into lines without ever holding more than one chunk and one line: a line that
// goes over the edge of a chunk is carried over, and a line beyond the limit is dropped up to its end.
import { encodeText } from './text.ts';

/** A line as bytes `from` to `to` of `bytes`; the bytes are only valid during the call. */
export type OnLine = (bytes: Uint8Array, from: number, to: number) => void;

/** The longest line that is kept, in bytes; the longest of strace with its default options is far below. */
export const LINE_BYTES_MAX = 1 << 20;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Calls `onLine` for each line, `onTooLong` for each that exceeds `LINE_BYTES_MAX`. */
export class LineSplitter {
  readonly #onLine: OnLine;
  readonly #onTooLong: () => void;
  #carried = new Uint8Array(256);
  #carriedSize = 0;
  #isDropping = false;

  constructor(onLine: OnLine, onTooLong: () => void) {
    this.#onLine = onLine;
    this.#onTooLong = onTooLong;
  }

  /** Takes the next chunk. O(chunk). */
  push(chunk: Uint8Array | string): void {
    // Always a plain Uint8Array and never a Buffer, so that engines see one kind of array.
    const { buffer, byteOffset, byteLength } =
      typeof chunk === 'string' ? encodeText(chunk) : chunk;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      this.#endLine(bytes, from, at);
      from = at + 1;
    }
    this.#carry(bytes, from);
  }

  /** Takes what is left as the last line. */
  end(): void {
    if (this.#carriedSize > 0 || this.#isDropping) this.#endLine(this.#carried, 0, 0);
  }

  #endLine(bytes: Uint8Array, from: number, to: number): void {
    if (this.#carriedSize === 0 && !this.#isDropping) {
      if (to - from > LINE_BYTES_MAX) this.#onTooLong();
      else this.#emit(bytes, from, to);
      return;
    }
    this.#carry(bytes.subarray(0, to), from);
    const size = this.#carriedSize;
    const isDropped = this.#isDropping;
    this.#carriedSize = 0;
    this.#isDropping = false;
    if (isDropped) this.#onTooLong();
    else this.#emit(this.#carried, 0, size);
  }

  #emit(bytes: Uint8Array, from: number, to: number): void {
    this.#onLine(bytes, from, to > from && bytes[to - 1] === RETURN ? to - 1 : to);
  }

  #carry(bytes: Uint8Array, from: number): void {
    const size = bytes.length - from;
    if (size <= 0 || this.#isDropping) return;
    if (this.#carriedSize + size > LINE_BYTES_MAX) {
      this.#isDropping = true;
      this.#carriedSize = 0;
      return;
    }
    if (this.#carriedSize + size > this.#carried.length) this.#grow(this.#carriedSize + size);
    this.#carried.set(bytes.subarray(from), this.#carriedSize);
    this.#carriedSize += size;
  }

  #grow(size: number): void {
    const wider = new Uint8Array(Math.max(size, this.#carried.length * 2));
    wider.set(this.#carried.subarray(0, this.#carriedSize));
    this.#carried = wider;
  }
}
