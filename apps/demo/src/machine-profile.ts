// A preset as the simulator sees it: its distances, and a cost profile with what a cache line costs on it.
import { SERVER_2025, type CostProfile } from '@forkless/sim';
import { presets, type Machine } from '@forkless/topology';

/** Machines that say what a cache line costs on them, and so can be simulated. */
export const simulatedNames: readonly string[] = presets
  .filter(({ transfers }) => transfers !== undefined)
  .map(({ name }) => name);

/** The server of 2025 with the line transfers of `machine`, one of `simulatedNames`. */
export function profileOn(machine: Machine): CostProfile {
  const transfers = Object.entries(machine.transfers!).map(
    ([key, figure]) => [`transfer.${key}`, figure] as const,
  );
  return { ...SERVER_2025, figures: { ...SERVER_2025.figures, ...Object.fromEntries(transfers) } };
}
