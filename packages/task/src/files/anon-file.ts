// Files without a place in any tree: pipes, sockets, memfds, eventfds, pidfds. Each sits on an internal
// mount of its own kind and shows a text of its own instead of a path.
import { createPseudoDentry } from '../fs/dentry.ts';
import type { Inode } from '../fs/inode.ts';
import type { Path } from '../fs/mount.ts';
import { createMountNamespace } from '../fs/mount.ts';
import { TMPFS, createInode, createSuperBlock } from '../fs/super-block.ts';
import type { InodeFields, SuperBlock } from '../fs/super-block.ts';

/** The internal file systems of one machine, and the numbers their inodes get. */
export interface AnonFs {
  readonly sb: SuperBlock;
  readonly root: Path;
}

/** The place where nameless files are made; one a machine. */
export function createAnonFs(): AnonFs {
  const sb = createSuperBlock(TMPFS);
  const ns = createMountNamespace(sb);
  return { sb, root: { mount: ns.root, dentry: ns.root.root } };
}

/** A new nameless inode and the place it is opened at; `text` may use the inode number. */
export function createAnonPath(
  anon: AnonFs,
  fields: InodeFields,
  text: (inode: Inode) => string,
): Path {
  const inode = createInode(anon.sb, fields);
  return {
    mount: anon.root.mount,
    dentry: createPseudoDentry(text, inode, fields.home ?? 0),
  };
}
