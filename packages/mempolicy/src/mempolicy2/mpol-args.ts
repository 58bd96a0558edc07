// The one struct of the proposed calls, and how it crosses into the kernel: smaller and larger versions are
// fine as long as nothing is said that the kernel does not know.
import { refuse, type Refusal } from '@forkless/errors';
import type { Dialect } from './dialect.ts';
import { bitmapBytes, STRUCT_BYTES_MAX, type UserMemory } from './user-memory.ts';

/** Bytes of the struct without weights, the smallest. */
export const MPOL_ARGS_SIZE_VER0 = 24;
/** With weights: the struct of v6. */
export const MPOL_ARGS_SIZE_VER1 = 32;
/** With the seed's outputs. */
export const MPOL_ARGS_SIZE_VER2 = 56;

/** The fields of `struct mpol_args`; pointers are addresses in the caller's memory, 0 for NULL. */
export interface MpolArgs {
  /** u16 at 0. */
  readonly mode: number;
  /** u16 at 2. */
  readonly modeFlags: number;
  /** s32 at 4; −1 for none. */
  readonly homeNode: number;
  /** u16 at 8: how many bits `polNodes` has, without the old calls' off-by-one. */
  readonly polMaxnodes: number;
  /** u64 at 16: pointer to a bitmap. */
  readonly polNodes: number;
  /** u64 at 24: pointer to u8[polMaxnodes]. */
  readonly ilWeights: number;
  /** u64 at 32: pointer to a bitmap, filled by the get calls. */
  readonly memsAllowed: number;
  /** u16 at 40. */
  readonly memsMaxnodes: number;
  /** s32 at 48, out: the next node of the task's walk, −1 for other modes. */
  readonly policyNode: number;
  /** s32 at 52, out: the node of the page at the address, −1 for none. */
  readonly vmaNode: number;
}

/** The struct's place in the caller's memory. */
export interface ArgsPointer {
  readonly pointer: number;
  /** Bytes of the struct as the caller knows it. */
  readonly usize: number;
}

/** What copying the struct can refuse with. */
export type CopyErrno = 'EINVAL' | 'E2BIG' | 'EFAULT';

const RESERVED: readonly (readonly [from: number, to: number])[] = [
  [10, 16],
  [42, 48],
];

/** Reads the struct. @see lib/usercopy.c, copy_struct_from_user(), v6.12 */
export function copyArgs(
  user: UserMemory,
  pointer: number,
  usize: number,
  dialect: Dialect,
): MpolArgs | Refusal<CopyErrno> {
  if (usize < MPOL_ARGS_SIZE_VER0) return refuse('EINVAL', 'the struct is too small');
  if (usize > STRUCT_BYTES_MAX) return refuse('E2BIG', 'the struct is larger than a page');
  const given = user.read(pointer, usize);
  if (given === null) return refuse('EFAULT', 'the struct cannot be read');
  const { structBytes } = dialect;
  if (given.subarray(structBytes).some((byte) => byte !== 0)) {
    return refuse('E2BIG', 'a field this kernel does not know is not 0');
  }
  const known = new Uint8Array(MPOL_ARGS_SIZE_VER2);
  known.set(given.subarray(0, structBytes));
  const isDirty = ([from, to]: readonly [number, number]) =>
    known.subarray(from, to).some((byte) => byte !== 0);
  return RESERVED.some(isDirty) ? refuse('EINVAL', 'reserved bytes are not 0') : decodeArgs(known);
}

/** Writes the struct back: as much of it as both sides know. */
export function copyArgsBack(
  user: UserMemory,
  pointer: number,
  usize: number,
  args: MpolArgs,
  dialect: Dialect,
): boolean {
  return user.write(pointer, encodeArgs(args).subarray(0, Math.min(usize, dialect.structBytes)));
}

/** The struct as bytes, 56 of them. */
export function encodeArgs(args: Partial<MpolArgs>): Uint8Array {
  const bytes = new Uint8Array(MPOL_ARGS_SIZE_VER2);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, args.mode ?? 0, true);
  view.setUint16(2, args.modeFlags ?? 0, true);
  view.setInt32(4, args.homeNode ?? 0, true);
  view.setUint16(8, args.polMaxnodes ?? 0, true);
  view.setBigUint64(16, BigInt(args.polNodes ?? 0), true);
  view.setBigUint64(24, BigInt(args.ilWeights ?? 0), true);
  view.setBigUint64(32, BigInt(args.memsAllowed ?? 0), true);
  view.setUint16(40, args.memsMaxnodes ?? 0, true);
  view.setInt32(48, args.policyNode ?? 0, true);
  view.setInt32(52, args.vmaNode ?? 0, true);
  return bytes;
}

/** The fields of 56 bytes. */
export function decodeArgs(bytes: Uint8Array): MpolArgs {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    mode: view.getUint16(0, true),
    modeFlags: view.getUint16(2, true),
    homeNode: view.getInt32(4, true),
    polMaxnodes: view.getUint16(8, true),
    polNodes: Number(view.getBigUint64(16, true)),
    ilWeights: Number(view.getBigUint64(24, true)),
    memsAllowed: Number(view.getBigUint64(32, true)),
    memsMaxnodes: view.getUint16(40, true),
    policyNode: view.getInt32(48, true),
    vmaNode: view.getInt32(52, true),
  };
}

/** What a caller puts into the struct, in plain values. */
export interface ArgsValues {
  readonly mode?: number;
  readonly modeFlags?: number;
  readonly homeNode?: number;
  /** Bits of the masks; 1024 if absent. */
  readonly maxnodes?: number;
  /** Nodes for `pol_nodes`; [] makes room for an answer; absent leaves the pointer NULL. */
  readonly nodes?: readonly number[];
  /** Weights by node; [] makes room for an answer. */
  readonly weights?: readonly number[];
  /** Whether the allowed nodes are wanted. */
  readonly wantsMems?: boolean;
}

/** Lays a struct and what it points to out in the caller's memory and returns its address. */
export function putArgs(user: UserMemory, values: ArgsValues = {}): number {
  const bits = values.maxnodes ?? 1024;
  const put = (bytes: Uint8Array): number => {
    const pointer = user.allocate(bytes.length);
    user.write(pointer, bytes);
    return pointer;
  };
  const weights = new Uint8Array(bits);
  weights.set(values.weights ?? []);
  return put(
    encodeArgs({
      mode: values.mode ?? 0,
      modeFlags: values.modeFlags ?? 0,
      homeNode: values.homeNode ?? 0,
      polMaxnodes: bits,
      polNodes: values.nodes === undefined ? 0 : put(bitmapBytes(values.nodes, bits)),
      ilWeights: values.weights === undefined ? 0 : put(weights),
      memsAllowed: values.wantsMems === true ? put(bitmapBytes([], bits)) : 0,
      memsMaxnodes: values.wantsMems === true ? bits : 0,
    }),
  );
}
