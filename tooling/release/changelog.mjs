// How changelogs are written for people: the sentence of each changeset as it stands, without hashes, and
// for a release that only takes up newer siblings one line that says so.

/**
 * One entry, its further lines indented under the first.
 * @param {{ summary: string }} changeset
 */
export async function getReleaseLine({ summary }) {
  const [first = '', ...rest] = summary.trim().split('\n');
  return [`- ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`))].join('\n');
}

/**
 * @param {readonly unknown[]} _changesets
 * @param {readonly { name: string, newVersion: string }[]} updated
 */
export async function getDependencyReleaseLine(_changesets, updated) {
  if (updated.length === 0) return '';
  return `- Takes up ${updated.map(({ name, newVersion }) => `${name} ${newVersion}`).join(', ')}.`;
}
