// What is raced, as the address has it: `idr/each-level/6.18`, two to four of them.
import { PID_KERNELS, type PidKernelName } from '@forkless/pid';
import { simulatedNames } from '../../machine-profile.ts';
import { param, setParams } from '../../route.ts';
import { designNames, lockingsOf, type LaneOptions } from './lane.ts';

const DEFAULT_LANES = 'idr/each-level/6.18,idr/one-trip/7.0,range-radix/owner-cpu/7.0';
const DEFAULT_MACHINE = 'epyc-1s-24';
export const LANE_COUNT_MAX = 4;
export const LANE_COUNT_MIN = 2;
const CPU_COUNT_MAX = 512;

/** Kernels whose steps can be taken. */
export const kernelNames = Object.keys(PID_KERNELS) as readonly PidKernelName[];

/** The race's settings, from the address; what makes no sense there is as if it were not. */
export function laneOptions(): readonly LaneOptions[] {
  const asked = param('machine', DEFAULT_MACHINE);
  const common = {
    machine: simulatedNames.includes(asked) ? asked : DEFAULT_MACHINE,
    cpuCount: wholeFrom('cpus', 20, [1, CPU_COUNT_MAX]),
    seed: wholeFrom('seed', 1, [0, 2 ** 31 - 1]),
  };
  return param('lanes', DEFAULT_LANES)
    .split(',')
    .slice(0, LANE_COUNT_MAX)
    .map((text) => ({ ...parseLane(text), ...common }));
}

/** Puts lanes into the address. */
export function setLanes(lanes: readonly LaneOptions[]): void {
  const text = lanes.map(({ design, locking, kernel }) => `${design}/${locking}/${kernel}`);
  setParams({ lanes: text.join(',') });
}

/** A lane in words. */
export const laneName = ({ design, locking, kernel }: LaneOptions): string =>
  `${design}, ${locking}, ${kernel}`;

function wholeFrom(name: string, otherwise: number, [min, max]: readonly [number, number]): number {
  const value = Number(param(name, String(otherwise)));
  return Number.isInteger(value) ? Math.min(max, Math.max(min, value)) : otherwise;
}

function parseLane(text: string): Pick<LaneOptions, 'design' | 'locking' | 'kernel'> {
  const [design = '', locking, kernel] = text.split('/');
  const known = designNames.includes(design) ? design : 'idr';
  const lockings = lockingsOf(known);
  return {
    design: known,
    locking: lockings.find((name) => name === locking) ?? lockings[0]!,
    kernel: kernelNames.find((name) => name === kernel) ?? '7.0',
  };
}
