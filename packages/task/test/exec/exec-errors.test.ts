import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeRecorded } from '../../../../tooling/vitest/recorded.ts';
import {
  closeFd,
  mkdir,
  O_WRONLY,
  open,
  RLIMITS,
  symlink,
  type ArgVector,
} from '../../src/index.ts';
import { errnoOf, must, putFile, smallProgram } from '../file-world.ts';
import { createExecWorld } from './exec-world.ts';

type World = ReturnType<typeof createExecWorld>;

/** What each recorded case sets up and executes. */
const CASES: Readonly<Record<string, (world: World) => unknown>> = {
  nonexistent: ({ exec }) => exec('/t/none'),
  dir: ({ exec }) => exec('/t'),
  'file/as/dir': (world) => {
    putFile(world.here, '/t/f', 'x', 0o700);
    return world.exec('/t/f/g');
  },
  'empty path': ({ exec }) => exec(''),
  'no x bit (root)': (world) => file(world, '#!/t/ok\n', 0o600),
  'zero length': (world) => file(world, ''),
  'no magic': (world) => file(world, 'hello world\n'),
  'truncated ELF': (world) => file(world, '\x7fELF'),
  'ELF phnum 0': (world) => file(world, smallProgram({ 56: 0 })),
  'shebang missing interp': (world) => file(world, '#!/t/none\n'),
  'shebang blank': (world) => file(world, '#!   \n'),
  'shebang dir': (world) => file(world, '#!/t\n'),
  'shebang self': (world) => file(world, '#!/t/f\n'),
  'open for write': (world) => {
    putFile(world.here, '/t/f', smallProgram(), 0o755);
    must(open(world.here, '/t/f', { flags: O_WRONLY }));
    return world.exec('/t/f');
  },
  closed: (world) => {
    putFile(world.here, '/t/f', smallProgram(), 0o755);
    must(closeFd(world.here.files, must(open(world.here, '/t/f', { flags: O_WRONLY }))));
    return world.exec('/t/f');
  },
  'name 5000': ({ exec }) => exec('n'.repeat(5000)),
  'component 256': ({ exec }) => exec(`/t/${'n'.repeat(256)}`),
  'symlink loop': (world) => {
    must(symlink(world.here, 'l2', '/t/l1'));
    must(symlink(world.here, 'l1', '/t/l2'));
    return world.exec('/t/l1');
  },
  'argv bad ptr': (world) => file(world, smallProgram(), 0o755, 'fault'),
  'argv NULL': (world) => file(world, smallProgram(), 0o755, null),
  'argv[0] bad ptr': (world) => file(world, smallProgram(), 0o755, [{ fault: true }]),
};

function file(
  world: World,
  content: string | Uint8Array,
  mode = 0o700,
  argv: ArgVector = ['x'],
): unknown {
  putFile(world.here, '/t/f', content, mode);
  return world.exec('/t/f', { argv });
}

function chain(count: number): unknown {
  const world = createExecWorld();
  putFile(world.here, '/t/s', smallProgram(), 0o755);
  for (let index = count - 1; index >= 0; index--) {
    const next = index === count - 1 ? '/t/s' : `/t/s${index + 1}`;
    putFile(world.here, `/t/s${index}`, `#!${next}\n`, 0o755);
  }
  return world.exec(count === 0 ? '/t/s' : '/t/s0');
}

/** The largest count that works; more of the same never do. */
function mostThatWork(accepts: (count: number) => boolean): number {
  let [good, bad] = [0, 1 << 20];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (accepts(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

function works(stackKib: number, argv: ArgVector): boolean {
  const world = createExecWorld();
  putFile(world.here, '/t/f', smallProgram(), 0o755);
  const max = Number.POSITIVE_INFINITY;
  world.shell.group.rlimits[RLIMITS.RLIMIT_STACK] = { cur: stackKib * 1024, max };
  return world.exec('./f', { argv, path: '/t/f' }) === 'running';
}

describeRecorded('errors of execve', 'spawn', (folder) => {
  const lines = readFileSync(join(folder, 'exec-errors.txt'), 'utf8').split('\n');
  const rows = lines.flatMap((line) => {
    const found = /^([^#].*) -> (\w+)$/.exec(line);
    return found === null ? [] : [[found[1]!, found[2]!] as const];
  });

  test.each(rows)('%s', (name, expected) => {
    const scripts = /^chain of (\d+)/.exec(name);
    const result = scripts === null ? CASES[name]!(createExecWorld()) : chain(Number(scripts[1]));
    expect(errnoOf(result)).toBe(expected);
  });

  const limits = lines.flatMap((line) => {
    const found = /^RLIMIT_STACK (\d+)K: max args of 999 chars = (\d+)/.exec(line);
    return found === null ? [] : [[Number(found[1]), Number(found[2])] as const];
  });

  test.each(limits)('arguments of 999 characters under a stack of %i KiB', (stackKib, most) => {
    const argv = (times: number): ArgVector => [{ text: 'x'.repeat(999), times }];
    expect(mostThatWork((times) => works(stackKib, argv(times)))).toBe(most);
  });
});

describe('limits of one string', () => {
  test('131071 characters work, one more is E2BIG', () => {
    expect(works(8192, ['x', 'y'.repeat(131071)])).toBe(true);
    expect(works(8192, ['x', 'y'.repeat(131072)])).toBe(false);
  });

  test('a refused exec leaves no denial of writing behind', () => {
    const world = createExecWorld();
    putFile(world.here, '/t/f', 'garbage', 0o755);
    expect(errnoOf(world.exec('/t/f'))).toBe('ENOEXEC');
    expect(errnoOf(open(world.here, '/t/f', { flags: O_WRONLY }))).toBe('OK');
    must(mkdir(world.here, '/t/d', 0o755));
  });
});
