export { readDirectory } from './read-directory.ts';
export { readHostFiles } from './read-host-files.ts';
export { readTarball, unpack } from './read-tarball.ts';
