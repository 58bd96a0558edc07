// What a template could keep beyond the RFC: what each choice takes out of the lists and puts in, and that
// what is kept is no longer used once it has changed.
import { chmod, copyCred, fork, installProgram, lookupPath, mkdir } from '@forkless/task';
import { describe, expect, test } from 'vitest';
import {
  comparePaths,
  createTemplate,
  endPath,
  mechanismNamed,
  pathLines,
  runAfter,
  spawn,
  templateMechanism,
  TEMPLATE_VARIANTS,
  type SpawnRequest,
  type TemplateCache,
} from '../src/index.ts';
import { callerOf, SpawnCall } from '../src/spawn-call.ts';
import { linkedProgram } from './linked-program.ts';
import { figuresOf } from './figures.ts';
import { createTestWorld, made } from './world.ts';

const LINKER = '/lib/ld.so';
const LIBRARIES = ['/lib/libc.so', '/lib/libm.so'];
const REQUEST: SpawnRequest = { path: '/bin/linked', argv: ['linked'], envp: [] };
const RUN = { 'exec.dynamic': 1, 'exec.library': 2, 'shell.dash': 1 };

function linkedWorld() {
  const world = createTestWorld();
  const { kernel, shell } = world;
  mkdir(callerOf(shell), '/lib', 0o755);
  for (const path of [LINKER, ...LIBRARIES]) installProgram(kernel.init, path, linkedProgram());
  installProgram(kernel.init, REQUEST.path, linkedProgram(LINKER));
  return world;
}

/** How often each figure is spent by a spawn from a template that keeps so much, its program's run included. */
function spentWith(cache: TemplateCache): Readonly<Record<string, number>> {
  const { kernel, shell } = linkedWorld();
  const template = made(createTemplate(shell, REQUEST.path, 'denyWrite', cache));
  const call = new SpawnCall(kernel, shell, REQUEST);
  const paths = [templateMechanism(template).pathFor(REQUEST), endPath(runAfter(cache, RUN))];
  return figuresOf(paths, call);
}

/** What the first spends more than the second, by figure; less is negative. */
function difference(one: Readonly<Record<string, number>>, other: typeof one) {
  const figures = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...figures]
      .map((figure) => [figure, (one[figure] ?? 0) - (other[figure] ?? 0)] as const)
      .filter(([, count]) => count !== 0),
  );
}

describe('a template that keeps', () => {
  test('nothing more reads the headers of the interpreter each time', () => {
    expect(spentWith({})).toMatchObject({ 'exec.header': 1, 'exec.dynamic': 1, 'exec.library': 2 });
  });

  test('the interpreter saves one table of headers, and pays a close: it is compared instead', () => {
    expect(difference(spentWith({ interpreter: true }), spentWith({}))).toEqual({
      'exec.header': -1,
      'fd.close': 1,
    });
  });

  test('the libraries compares and maps them, and the linker links none', () => {
    expect(difference(spentWith({ libraries: LIBRARIES }), spentWith({}))).toEqual({
      'exec.library': -2,
      'path.component': 4,
      'file.open': 2,
      'fd.close': 2,
      'map.vma': 10,
      'fault.file': 10,
      'fault.file-write': 4,
    });
  });

  test('the layout copies mappings where others make them, and the linker does nothing', () => {
    const kept = difference(spentWith({ layout: true, libraries: LIBRARIES }), spentWith({}));
    expect(kept).toMatchObject({ 'exec.dynamic': -1, 'exec.library': -2, 'exec.header': -1 });
    expect(kept['fork.vma']).toBe(-kept['map.vma']! + 10);
    expect([kept['fork.page'], kept['fault.cow-copy']]).toEqual([8, 8]);
  });

  test('the libraries of some of what the program needs leaves the rest to the linker', () => {
    expect(runAfter({ libraries: LIBRARIES.slice(1) }, RUN)).toEqual({ ...RUN, 'exec.library': 1 });
    expect(runAfter({ layout: true }, { 'shell.dash': 1 })).toEqual({ 'shell.dash': 1 });
  });
});

describe('what is kept', () => {
  test.each([LINKER, ...LIBRARIES])('is stale once %s has changed', (path) => {
    const { kernel, shell } = linkedWorld();
    const cache = { interpreter: true, libraries: LIBRARIES };
    const template = made(createTemplate(shell, REQUEST.path, 'denyWrite', cache));
    const mechanism = templateMechanism(template);
    made(spawn(kernel, shell, mechanism, { ...REQUEST }));
    chmod(callerOf(shell), made(lookupPath(callerOf(shell), path)), 0o700);
    expect(spawn(kernel, shell, mechanism, { ...REQUEST })).toMatchObject({ errno: 'ESTALE' });
  });

  test('has to be there: ENOENT, and writers are not kept away', () => {
    const { shell } = linkedWorld();
    const cache = { libraries: ['/lib/none.so'] };
    expect(createTemplate(shell, REQUEST.path, 'denyWrite', cache)).toMatchObject({
      errno: 'ENOENT',
    });
    expect(installProgram(shell, REQUEST.path)).toBeUndefined();
  });
});

describe('a shared template', () => {
  test('serves a process with equal rights, and none with others', () => {
    const { kernel, shell } = linkedWorld();
    const other = made(fork(kernel, shell));
    const own = made(createTemplate(shell, REQUEST.path));
    const shared = made(createTemplate(shell, REQUEST.path, 'denyWrite', { shared: true }));
    const by = (template: typeof own) =>
      spawn(kernel, other, templateMechanism(template), { ...REQUEST });
    expect(by(own)).toMatchObject({ errno: 'EACCES' });
    expect(made(by(shared)).child.comm).toBe('linked');
    other.cred = { ...copyCred(other.cred), euid: 7 };
    expect(by(shared)).toMatchObject({ errno: 'EACCES' });
  });

  test('is found where the RFC’s is made: no walk, no open, no headers', () => {
    const lines = (name: string) => pathLines(mechanismNamed(name)!.pathFor(REQUEST).nodes);
    const changed = comparePaths(lines('spawn-template'), lines('spawn-template+shared'))
      .filter(({ side }) => side !== 'both')
      .map(({ side, text }) => `${side === 'first' ? '-' : '+'} ${text}`);
    expect(changed).toEqual([
      '- parent: make the template',
      '- walk to program × 2',
      '- open program',
      '- read headers',
      '+ parent: find the template',
    ]);
  });
});

test.each(TEMPLATE_VARIANTS.map((one) => [one.name, one] as const))(
  '%s can be run, and differs from the RFC’s list',
  (name, mechanism) => {
    const { kernel, shell } = linkedWorld();
    expect(made(spawn(kernel, shell, mechanism, { ...REQUEST })).child.comm).toBe('linked');
    const lines = (one: string) => pathLines(mechanismNamed(one)!.pathFor(REQUEST).nodes);
    const sides = comparePaths(lines('spawn-template'), lines(name)).map(({ side }) => side);
    expect(sides.some((side) => side !== 'both')).toBe(true);
  },
);
