// What the seed thread published for 20 processes that create and end threads, in pairs a second.

/** @see seeds: the series that takes pidmap_lock once, against 6.18 */
export const PUBLISHED = {
  stock: 465_000,
  series: [510_000, 560_000] as const,
};
