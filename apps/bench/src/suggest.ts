// "Did you mean": the known names that a mistyped one is closest to.

/**
 * The names that begin with the given one or are within a third of its length of it, the closest first,
 * at most three.
 */
export function similarNames(given: string, names: Iterable<string>): string[] {
  const distanceMax = Math.max(1, Math.floor(given.length / 3));
  return [...names]
    .map((name) => ({
      name,
      distance: given !== '' && name.startsWith(given) ? 1 : nameDistance(given, name),
    }))
    .filter(({ distance }) => distance <= distanceMax)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/**
 * The end of a sentence about an unknown name: what was probably meant, else all that there is.
 * `command` prints the whole list where that is long.
 */
export function orElse(given: string, names: Iterable<string>, command?: string): string {
  const all = [...names];
  const near = similarNames(given, all);
  if (near.length > 0) return `did you mean ${alternatives(near)}?`;
  if (all.length === 0) return 'there are none yet.';
  if (all.length <= 12 || command === undefined) return `there are ${all.join(', ')}.`;
  return `\`${command}\` lists all ${all.length}.`;
}

function alternatives(names: readonly string[]): string {
  if (names.length === 1) return String(names[0]);
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** Edits (insert, delete, replace, swap of neighbours) from one name to the other, case ignored. */
function nameDistance(a: string, b: string): number {
  const from = a.toLowerCase();
  const to = b.toLowerCase();
  let last: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const beforeLast = last;
    last = row;
    row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        best = Math.min(best, beforeLast[j - 2]! + 1);
      }
      row[j] = best;
    }
  }
  return row[to.length]!;
}
