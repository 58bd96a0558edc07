import { describe, expect, test } from 'vitest';
import {
  CAP_FULL_SET,
  chdir,
  chmod,
  chown,
  closeFd,
  createCred,
  dPath,
  link,
  lookupPath,
  MAXSYMLINKS,
  mkdir,
  mount,
  MS_RDONLY,
  MS_REMOUNT,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_RDONLY,
  O_WRONLY,
  open,
  rename,
  rmdir,
  symlink,
  unlink,
} from '../../src/index.ts';
import { asUser, createCaller, errnoOf, must, openFile, putFile } from '../file-world.ts';

describe('opening', () => {
  test.each([
    ['a missing name', '/t/none', O_RDONLY, 'ENOENT'],
    ['a name below a missing directory', '/t/none/x', O_CREAT, 'ENOENT'],
    ['a name below a file', '/t/f/x', O_RDONLY, 'ENOTDIR'],
    ['a directory for writing', '/t', O_WRONLY, 'EISDIR'],
    ['a file as a directory', '/t/f', O_DIRECTORY, 'ENOTDIR'],
    ['a file that must be new', '/t/f', O_CREAT | O_EXCL, 'EEXIST'],
    ['a new file with a trailing slash', '/t/new/', O_CREAT | O_WRONLY, 'EISDIR'],
    ['a directory with O_CREAT', '/t', O_CREAT, 'EISDIR'],
    ['a link not to be followed', '/t/l', O_NOFOLLOW, 'ELOOP'],
    ['O_CREAT with O_DIRECTORY', '/t/x', O_CREAT | O_DIRECTORY, 'EINVAL'],
    ['a name of 256 bytes', `/t/${'n'.repeat(256)}`, O_RDONLY, 'ENAMETOOLONG'],
    ['a path of 4096 bytes', `/t/${'./'.repeat(2048)}`, O_RDONLY, 'ENAMETOOLONG'],
  ])('%s', (_name, path, flags, expected) => {
    const caller = createCaller();
    putFile(caller, '/t/f', 'abc');
    must(symlink(caller, 'f', '/t/l'));
    expect(errnoOf(open(caller, path, { flags, mode: 0o644 }))).toBe(expected);
  });

  test('40 links are followed, 41 are not', () => {
    const caller = createCaller();
    putFile(caller, '/t/l0', '');
    for (let index = 1; index <= MAXSYMLINKS + 1; index++) {
      must(symlink(caller, `l${index - 1}`, `/t/l${index}`));
    }
    expect(errnoOf(lookupPath(caller, `/t/l${MAXSYMLINKS}`))).toBe('OK');
    expect(errnoOf(lookupPath(caller, `/t/l${MAXSYMLINKS + 1}`))).toBe('ELOOP');
  });

  test('a full table is noticed before the walk', () => {
    const caller = { ...createCaller(), limit: 0 };
    expect(errnoOf(open(caller, '/t/none', { flags: O_RDONLY }))).toBe('EMFILE');
    expect(errnoOf(open(caller, '', { flags: O_RDONLY }))).toBe('ENOENT');
  });
});

describe('permission', () => {
  test.each([
    [0o400, 'owner', 'OK'],
    [0o040, 'owner', 'EACCES'],
    [0o040, 'group', 'OK'],
    [0o400, 'group', 'EACCES'],
    [0o004, 'other', 'OK'],
    [0o440, 'other', 'EACCES'],
  ] as const)('mode %i read by %s', (mode, who, expected) => {
    const root = createCaller();
    putFile(root, '/t/f', 'abc');
    must(chown(root, must(lookupPath(root, '/t/f')), { uid: 5, gid: 6 }));
    must(chmod(root, must(lookupPath(root, '/t/f')), mode));
    const [uid, gid] = { owner: [5, 5], group: [7, 6], other: [7, 7] }[who] as [number, number];
    expect(errnoOf(open(asUser(root, uid, gid), '/t/f', { flags: O_RDONLY }))).toBe(expected);
  });

  test('a directory without search permission hides whether a name is there', () => {
    const root = createCaller();
    must(mkdir(root, '/t/d', 0o755));
    putFile(root, '/t/d/f', '');
    must(chmod(root, must(lookupPath(root, '/t/d')), 0o644));
    const user = asUser(root, 9);
    expect(errnoOf(lookupPath(user, '/t/d/f'))).toBe('EACCES');
    expect(errnoOf(lookupPath(user, '/t/d/none'))).toBe('EACCES');
  });

  test('only CAP_DAC_OVERRIDE makes root read everything', () => {
    const root = createCaller();
    putFile(root, '/t/f', '', 0o000);
    must(chown(root, must(lookupPath(root, '/t/f')), { uid: 5, gid: 5 }));
    const bare = { ...root, cred: createCred({ capEffective: 0n, capPermitted: CAP_FULL_SET }) };
    expect(errnoOf(open(root, '/t/f', { flags: O_RDONLY }))).toBe('OK');
    expect(errnoOf(open(bare, '/t/f', { flags: O_RDONLY }))).toBe('EACCES');
  });
});

describe('names', () => {
  test('an open file that was removed shows so, one that moved shows its new name', () => {
    const caller = createCaller();
    const removed = openFile(caller, '/t/a');
    const moved = openFile(caller, '/t/b');
    must(unlink(caller, '/t/a'));
    must(rename(caller, '/t/b', '/t/c'));
    const shown = (fd: number) => dPath(caller.files.slots[fd]!.path, caller.fs.root);
    expect([shown(removed), shown(moved)]).toEqual(['/t/a (deleted)', '/t/c']);
  });

  test.each([
    ['unlink of a directory', unlink, '/t/d', 'EISDIR'],
    ['unlink of a file with a slash', unlink, '/t/f/', 'ENOTDIR'],
    ['rmdir of a full directory', rmdir, '/t/d', 'ENOTEMPTY'],
    ['rmdir of a file', rmdir, '/t/f', 'ENOTDIR'],
    ['rmdir of .', rmdir, '/t/d/.', 'EINVAL'],
    ['rmdir of a mount point', rmdir, '/t', 'EBUSY'],
  ] as const)('%s', (_name, call, path, expected) => {
    const caller = createCaller();
    putFile(caller, '/t/f', '');
    must(mkdir(caller, '/t/d', 0o755));
    must(mkdir(caller, '/t/d/e', 0o755));
    expect(errnoOf(call(caller, path))).toBe(expected);
  });

  test('a directory does not move into itself, nor onto a full one', () => {
    const caller = createCaller();
    for (const path of ['/t/a', '/t/a/b', '/t/c', '/t/c/d']) must(mkdir(caller, path, 0o755));
    expect(errnoOf(rename(caller, '/t/a', '/t/a/b/x'))).toBe('EINVAL');
    expect(errnoOf(rename(caller, '/t/a', '/t/c'))).toBe('ENOTEMPTY');
    expect(errnoOf(rename(caller, '/t/c/d', '/t/c'))).toBe('ENOTEMPTY');
    expect(errnoOf(rename(caller, '/t/a', '/t/a'))).toBe('OK');
  });

  test('a second name is the same file, a directory has only one', () => {
    const caller = createCaller();
    putFile(caller, '/t/f', 'abc');
    must(link(caller, '/t/f', '/t/g'));
    expect(must(lookupPath(caller, '/t/g')).dentry.inode!.nlink).toBe(2);
    must(mkdir(caller, '/t/d', 0o755));
    expect(errnoOf(link(caller, '/t/d', '/t/e'))).toBe('EPERM');
  });

  test('a read-only file system refuses changes, not reading', () => {
    const caller = createCaller();
    putFile(caller, '/t/f', 'abc');
    must(mount(caller, { path: '/t', fstype: 'tmpfs', flags: MS_REMOUNT | MS_RDONLY }));
    expect(errnoOf(open(caller, '/t/f', { flags: O_RDONLY }))).toBe('OK');
    expect(errnoOf(open(caller, '/t/f', { flags: O_WRONLY }))).toBe('EROFS');
    expect(errnoOf(mkdir(caller, '/t/d', 0o755))).toBe('EROFS');
    expect(errnoOf(unlink(caller, '/t/f'))).toBe('EROFS');
  });

  test('.. stops at the root and crosses mounts', () => {
    const caller = createCaller();
    must(chdir(caller, '/t'));
    const up = must(lookupPath(caller, '../../..'));
    expect(up).toEqual(caller.fs.root);
    expect(closeFd(caller.files, openFile(caller, '../t/f'))).toBeNull();
  });
});
