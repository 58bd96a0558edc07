// A decoder of the protobuf wire format, independent of the writer: fields by number, in order.

/** A field as it stands on the wire. */
export interface WireField {
  readonly field: number;
  readonly value: number | Uint8Array;
}

/** Reads all fields of a message; throws if it is cut or of a wire type that is not used here. */
export function readProtobuf(bytes: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('cut within a varint');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, wireType] = [Math.floor(tag / 8), tag % 8];
    if (wireType === 0) fields.push({ field, value: varint() });
    else if (wireType === 1) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
      fields.push({ field, value: Number(view.getBigUint64(0, true)) });
      at += 8;
    } else if (wireType === 2) {
      const size = varint();
      if (at + size > bytes.length) throw new Error('cut within a field');
      fields.push({ field, value: bytes.subarray(at, at + size) });
      at += size;
    } else throw new Error(`wire type ${wireType}`);
  }
  return fields;
}

/** The first number of a field, or undefined. */
export function numberOf(fields: readonly WireField[], field: number): number | undefined {
  const value = fields.find((one) => one.field === field)?.value;
  return typeof value === 'number' ? value : undefined;
}

/** The first bytes of a field, or undefined. */
export function bytesOf(fields: readonly WireField[], field: number): Uint8Array | undefined {
  const value = fields.find((one) => one.field === field)?.value;
  return typeof value === 'object' ? value : undefined;
}
