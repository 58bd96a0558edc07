// Sizes as people read them: hwloc's way, which keeps two digits or more, and a way with one decimal.

const UNITS = ['KB', 'MB', 'GB', 'TB'] as const;

/**
 * A size as lstopo prints it: in binary units, the next one from ten of them on, halves rounded up.
 *
 * @see hwloc 2.9.0, include/private/misc.h, hwloc_memory_size_printf_value()
 */
export function formatSize(bytes: number): string {
  let step = 0;
  while (step < UNITS.length - 1 && bytes >= 10 * 2 ** (10 * (step + 2))) step++;
  const scale = 2 ** (10 * (step + 1));
  return `${Math.floor(bytes / scale + 0.5)}${UNITS[step]}`;
}

/** A size for a sentence: "5.2 GiB", "512 KiB". */
export function sizeInWords(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let step = 0;
  while (step < units.length - 1 && bytes >= 2 ** (10 * (step + 1))) step++;
  const value = bytes / 2 ** (10 * step);
  const digits = Number.isInteger(value) || value >= 100 ? value.toFixed(0) : value.toFixed(1);
  return `${digits} ${units[step]}`;
}
