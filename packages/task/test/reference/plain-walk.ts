// The slow, obvious path walk: a tree of plain objects, one name at a time, links by starting over with a
// longer list of names.

/** A file, a directory or a link. */
export type PlainNode =
  | { readonly kind: 'file'; readonly id: number }
  | { readonly kind: 'dir'; readonly id: number; readonly entries: Map<string, PlainNode> }
  | { readonly kind: 'link'; readonly id: number; readonly target: string };

const LINKS_MAX = 40;

/** The id of what `path` leads to from the root directory, or an errno. */
export function plainWalk(root: PlainNode, path: string, follow = true): number | string {
  if (path === '') return 'ENOENT';
  let names = split(path);
  let mustBeDirectory = path.endsWith('/');
  let links = 0;
  const trail: PlainNode[] = [root];
  while (names.length > 0) {
    const here = trail.at(-1)!;
    if (here.kind !== 'dir') return 'ENOTDIR';
    const [name, ...rest] = names as [string, ...string[]];
    names = rest;
    if (name === '.') continue;
    if (name === '..') {
      if (trail.length > 1) trail.pop();
      continue;
    }
    const next = here.entries.get(name);
    if (next === undefined) return 'ENOENT';
    const isLast = rest.length === 0;
    if (next.kind === 'link' && (!isLast || follow || mustBeDirectory)) {
      if (++links > LINKS_MAX) return 'ELOOP';
      if (next.target.startsWith('/')) trail.length = 1;
      if (isLast && next.target.endsWith('/')) mustBeDirectory = true;
      // A link in the middle that ends in a slash demands what the next name demands anyway.
      names = [...split(next.target), ...rest];
      continue;
    }
    trail.push(next);
  }
  const end = trail.at(-1)!;
  return mustBeDirectory && end.kind !== 'dir' ? 'ENOTDIR' : end.id;
}

function split(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}
