// The names that recordings use for the numbers of the UAPI.
import { MADV, MAP, MREMAP, PROT } from '@forkless/mm';
import {
  MPOL,
  MPOL_F_ADDR,
  MPOL_F_MEMS_ALLOWED,
  MPOL_F_NODE,
  MPOL_F_NUMA_BALANCING,
  MPOL_F_RELATIVE_NODES,
  MPOL_F_STATIC_NODES,
  MPOL_MF_MOVE,
  MPOL_MF_MOVE_ALL,
  MPOL_MF_STRICT,
} from '@forkless/mempolicy';

const withPrefix = (prefix: string, table: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(table).map(([name, value]) => [`${prefix}${name}`, value]));

export const modeNumbers: Readonly<Record<string, number>> = withPrefix('MPOL_', MPOL);
export const modeFlagNumbers: Readonly<Record<string, number>> = {
  MPOL_F_STATIC_NODES,
  MPOL_F_RELATIVE_NODES,
  MPOL_F_NUMA_BALANCING,
};
export const getFlagNumbers: Readonly<Record<string, number>> = {
  MPOL_F_NODE,
  MPOL_F_ADDR,
  MPOL_F_MEMS_ALLOWED,
};
export const moveFlagNumbers: Readonly<Record<string, number>> = {
  MPOL_MF_STRICT,
  MPOL_MF_MOVE,
  MPOL_MF_MOVE_ALL,
  MPOL_MF_LAZY: 8,
};
export const protNumbers = withPrefix('PROT_', PROT);
export const mapNumbers = withPrefix('MAP_', MAP);
export const adviceNumbers = withPrefix('MADV_', MADV);
export const mremapNumbers = withPrefix('MREMAP_', MREMAP);

/** The name of a mode number, or the number where it has none. */
export function modeName(mode: number): string | number {
  return Object.keys(modeNumbers).find((name) => modeNumbers[name] === mode) ?? mode;
}

/** The names of the mode flags in a policy word, in the order in which recordings list them. */
export function modeFlagNames(word: number): string[] {
  return Object.keys(modeFlagNumbers).filter((name) => (word & modeFlagNumbers[name]!) !== 0);
}
