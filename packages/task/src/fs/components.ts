// How many names a walk has to look up, for what it costs.

const SLASH = 0x2f;

/**
 * Names in a path. O(its length).
 * MODEL: the names of symbolic links on the way are not counted.
 */
export function componentsOf(path: string): number {
  let count = 0;
  for (let at = 0; at < path.length; at++) {
    if (path.charCodeAt(at) !== SLASH && (at === 0 || path.charCodeAt(at - 1) === SLASH)) count++;
  }
  return count;
}
