// The wire format of Protocol Buffers, as much of it as a timeline needs.
import { encodeText } from '../input/text.ts';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;

/** Collects the fields of one message. Numbers are whole, 0 to 2^53 − 1. */
export class ProtobufMessage {
  readonly #bytes: number[] = [];

  /** A varint field. @see protobuf.dev, "Encoding", "Base 128 Varints" */
  varint(field: number, value: number): this {
    this.#tag(field, VARINT);
    this.#raw(value);
    return this;
  }

  /** A fixed64 field, least significant byte first. */
  fixed64(field: number, value: number): this {
    this.#tag(field, FIXED64);
    let rest = value;
    for (let i = 0; i < 8; i++) {
      this.#bytes.push(rest % 256);
      rest = Math.floor(rest / 256);
    }
    return this;
  }

  /** A string field. */
  text(field: number, value: string): this {
    return this.bytes(field, encodeText(value));
  }

  /** A message inside this one. */
  message(field: number, message: ProtobufMessage): this {
    return this.bytes(field, message.#bytes);
  }

  /** A field of any bytes. */
  bytes(field: number, bytes: ArrayLike<number>): this {
    this.#tag(field, LENGTH_DELIMITED);
    this.#raw(bytes.length);
    for (let i = 0; i < bytes.length; i++) this.#bytes.push(bytes[i] as number);
    return this;
  }

  /** The encoded message. */
  encode(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #tag(field: number, wireType: number): void {
    this.#raw(field * 8 + wireType);
  }

  /** By division, as shifts would cut at 32 bits. */
  #raw(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes.push(rest);
  }
}
