import { isRefusal } from '@forkless/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  closeFd,
  closeOnExec,
  closeRange,
  createFiles,
  createOpenFile,
  dup,
  dup2,
  dupFilesForFork,
  dupFrom,
  FD_CLOEXEC,
  fdtableBytes,
  highestOpen,
  installFd,
  isCloexec,
  openFds,
  putFile,
  putFiles,
  slotsFor,
  unusedFd,
  type FileOperations,
  type FilesStruct,
  type OpenFile,
} from '../../src/index.ts';
import { createCaller } from '../file-world.ts';
import { PlainFds } from '../reference/plain-fds.ts';

const OPERATIONS = Number(process.env['FORKLESS_FUZZ'] ?? 4_000);
const LIMIT = 300;
const TABLES_MAX = 4;

const plain = (answer: unknown) => (isRefusal(answer) ? answer.errno : (answer ?? 0));

/** Open files whose numbers are known, with a count of those not yet released. */
function createFileMaker() {
  const { fs } = createCaller();
  const numbers = new Map<OpenFile, number>();
  const ops: FileOperations = {
    kind: 'test',
    isSeekable: false,
    release: (file) => {
      numbers.delete(file);
    },
  };
  let next = 0;
  const make = (): OpenFile => {
    const file = createOpenFile({ ops, path: fs.root, flags: 2 });
    numbers.set(file, next++);
    return file;
  };
  return { make, numbers };
}

const shown = (files: FilesStruct, numbers: ReadonlyMap<OpenFile, number>) =>
  openFds(files).map((fd) => [fd, numbers.get(files.slots[fd]!), isCloexec(files, fd)]);

const shownPlain = ({ slots }: PlainFds) =>
  [...slots].toSorted(([a], [b]) => a - b).map(([fd, { file, cloexec }]) => [fd, file, cloexec]);

const fd = fc.oneof(fc.nat(12), fc.nat(LIMIT + 10));
const operation = fc.record({
  op: fc.constantFrom('open', 'open', 'close', 'dup', 'dupFrom', 'dup2', 'range', 'fork', 'exec'),
  who: fc.nat(TABLES_MAX - 1),
  a: fd,
  b: fd,
  flag: fc.boolean(),
});

test('random operations on tables give what a plain Map gives, and every file is released once', () => {
  const run = fc.array(operation, { minLength: 50, maxLength: 400, size: 'max' });
  fc.assert(
    fc.property(run, (operations) => {
      const { make, numbers } = createFileMaker();
      const tables = [createFiles()];
      const models = [new PlainFds(LIMIT)];
      for (const { op, who, a, b, flag } of operations) {
        const at = who % tables.length;
        const files = tables[at]!;
        const model = models[at]!;
        if (op === 'open') {
          const file = make();
          const number = numbers.get(file)!;
          const free = unusedFd(files, LIMIT);
          expect(plain(free)).toBe(model.install(number, flag));
          if (typeof free === 'number') installFd(files, free, file, flag ? FD_CLOEXEC : 0);
          else putFile(file);
        } else if (op === 'close') expect(plain(closeFd(files, a))).toBe(model.close(a));
        else if (op === 'dup') expect(plain(dup(files, a, LIMIT))).toBe(model.dup(a));
        else if (op === 'dup2') expect(plain(dup2(files, a, b, LIMIT))).toBe(model.dup2(a, b));
        else if (op === 'dupFrom') {
          const result = dupFrom(files, a, { from: b, limit: LIMIT, fdFlags: 0 });
          expect(plain(result)).toBe(model.dupFrom(a, b));
        } else if (op === 'range') {
          const result = closeRange({ files }, { first: a, last: b }, flag ? 4 : 0);
          expect(plain(result)).toBe(model.closeRange(a, b, flag));
        } else if (op === 'fork' && tables.length < TABLES_MAX) {
          tables.push(dupFilesForFork(files));
          models.push(model.copy());
        } else if (op === 'exec') {
          closeOnExec(files);
          model.exec();
        }
        expect(shown(tables[at]!, numbers)).toEqual(shownPlain(models[at]!));
      }
      for (const files of tables) {
        expect(files.openCount).toBe(openFds(files).length);
        expect(highestOpen(files)).toBe(openFds(files).at(-1) ?? -1);
        putFiles(files);
      }
      expect(numbers.size).toBe(0);
    }),
    { seed: 7, numRuns: Math.max(Math.floor(OPERATIONS / 200), 10) },
  );
});

test('a table is 64 slots or a power of two, and has bytes of its own only above 64', () => {
  expect([1, 64, 65, 129, 1000].map(slotsFor)).toEqual([64, 64, 128, 256, 1024]);
  expect(fdtableBytes(64)).toBeNull();
  expect(fdtableBytes(256)).toEqual({ fdtable: 56, slots: 2048, bitmaps: 72 });
});
