// Files, mounts and the pseudo files of cpusets and sysfs in a scenario.
import { isRefusal } from '@forkless/errors';
import { initSharedPolicy, parseTmpfsPolicy } from '@forkless/mempolicy';
import { objectPage, PAGE_SIZE } from '@forkless/mm';
import { type Handler, retOf } from '../answer.ts';
import type { Json } from '../fields.ts';
import type { World } from '../world.ts';

const weightFile = /^\/sys\/kernel\/mm\/mempolicy\/weighted_interleave\/node(\d+)$/;
const fails = (errno: string): Json => ({ ret: -1, errno });
const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/'));

const memfdCreate: Handler = ({ current }, inputs) => {
  const { memory } = current.mm;
  const inode = inputs.has('ino') ? inputs.integer('ino') : memory.takeInode();
  const object = memory.createObject('shmem', inode, inputs.count('pages'));
  current.files.set(inputs.count('fd_slot'), object);
  return retOf(0);
};

const open: Handler = (world, inputs) => {
  const path = inputs.text('path');
  const mount = world.mountOf(path);
  if (mount === undefined || !world.folders.has(parentOf(path))) return fails('ENOENT');
  let object = mount.files.get(path);
  if (object === undefined) {
    const flags = inputs.json['flags'];
    if (!Array.isArray(flags) || !flags.includes('O_CREAT')) return fails('ENOENT');
    const { memory } = world.numa;
    const inode = inputs.has('ino') ? inputs.integer('ino') : memory.takeInode();
    object = memory.createObject(mount.kind, inode, 0);
    initSharedPolicy(object, mount.policy, world.current.holder);
    mount.files.set(path, object);
  }
  object.pageCount = inputs.count('truncate_pages');
  world.numa.memory.truncate(object, object.pageCount);
  world.current.files.set(inputs.count('fd_slot'), object);
  return retOf(0);
};

const pwritePages: Handler = ({ current }, inputs) => {
  const object = current.files.get(inputs.count('fd_slot'));
  if (object === undefined) return fails('EBADF');
  const pages = inputs.count('pages');
  object.pageCount = Math.max(object.pageCount, pages);
  for (let index = 0; index < pages; index++) {
    if (objectPage(current.mm.memory, object, index, current.placer) === 0) return fails('ENOSPC');
  }
  current.didKernelWork = true;
  return retOf(pages * PAGE_SIZE);
};

const mkdir: Handler = (world, inputs) => {
  const path = inputs.text('path');
  if (path.startsWith('/cg/')) return retOf(world.cpusets.make(path));
  if (world.folders.has(path)) return fails('EEXIST');
  if (!world.folders.has(parentOf(path))) return fails('ENOENT');
  world.folders.add(path);
  return retOf(0);
};

const mount: Handler = (world, inputs) => {
  const path = inputs.text('path');
  const type = inputs.text('fstype');
  if (!world.folders.has(path)) return fails('ENOENT');
  if (type !== 'tmpfs' && type !== 'ramfs') return fails('ENODEV');
  const option = inputs.text('options');
  let policy = null;
  if (type === 'tmpfs' && option !== '') {
    if (!option.startsWith('mpol=')) return inputs.bad('options', 'mpol=…');
    const parsed = parseTmpfsPolicy(world.numa, option.slice('mpol='.length));
    if (isRefusal(parsed)) return retOf(parsed);
    policy = parsed;
  }
  const kind = type === 'tmpfs' ? 'shmem' : 'page-cache';
  world.mounts.set(path, { kind, policy, files: new Map() });
  return retOf(0);
};

const umount: Handler = (world, inputs) => {
  const path = inputs.text('path');
  if (!world.folders.has(path)) return fails('ENOENT');
  const found = world.mounts.get(path);
  if (found === undefined) return fails('EINVAL');
  const files = [...found.files.values()];
  if (files.some((file) => isOpen(world, file))) return fails('EBUSY');
  for (const file of files) world.numa.memory.truncate(file);
  world.mounts.delete(path);
  return retOf(0);
};

function isOpen(world: World, file: unknown): boolean {
  return [...world.processes.values()].some(
    (process) =>
      process.waitStatus === null &&
      ([...process.files.values()].includes(file as never) ||
        [...(process.holder.mm?.vmas ?? [])].some((vma) => vma.object === file)),
  );
}

const writeFile: Handler = ({ numa, cpusets, current }, inputs) => {
  const path = inputs.text('path');
  const text = inputs.text('text');
  const node = weightFile.exec(path)?.[1];
  if (node !== undefined) return retOf(numa.weights.write(Number(node), text));
  return retOf(cpusets.write(path, text, current));
};

const readFile: Handler = ({ numa, cpusets }, inputs) => {
  const path = inputs.text('path');
  const node = weightFile.exec(path)?.[1];
  const text = node === undefined ? cpusets.read(path) : numa.weights.read(Number(node));
  return text === undefined ? { ...fails('ENOENT'), text: '' } : { ...retOf(0), text };
};

/** By call. */
export const fileCalls: Readonly<Record<string, Handler>> = {
  memfd_create: memfdCreate,
  open,
  pwrite_pages: pwritePages,
  mkdir,
  mount,
  umount,
  write_file: writeFile,
  read_file: readFile,
};
