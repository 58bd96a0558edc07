// What a template could keep beyond the RFC, as data: each choice takes steps out of the child's exec or
// out of the program's start and puts others in, so that what it is worth follows from the two lists.

import { work } from '@forkless/sim';
import { componentsOf, EXEC_WORK, type CountedWork, type ExecCall } from '@forkless/task';
import type { ProgramRun } from '../life.ts';
import type { SpawnPart } from '../path/steps.ts';
import { execWork } from '../steps/exec-steps.ts';

/** What a template keeps besides the program and its headers. The RFC's keeps nothing more. */
export interface TemplateCache {
  /** The interpreter that PT_INTERP names, with its headers. */
  readonly interpreter?: boolean;
  /** Paths of the libraries the program leads to: the kernel maps them, the linker looks for none. */
  readonly libraries?: readonly string[];
  /** Program, interpreter and libraries as they lie once linked: a picture, copied as fork copies. */
  readonly layout?: boolean;
  /** It serves all processes with equal rights, not only its maker's very credentials. */
  readonly shared?: boolean;
}

/** Mappings of a linked file: headers, code, constants, constants that were relocated, data. */
const MAPPINGS_OF_FILE = 5;
/** Those of them that relocating writes to, by a page at least. */
const WRITTEN_OF_FILE = 2;

/** Whether the interpreter is at hand: a picture has it in it. */
export function keepsInterpreter({ interpreter, layout }: TemplateCache): boolean {
  return interpreter === true || layout === true;
}

/** What the exec of `programPath` comes to when its headers, and what else is kept, are at hand. */
export function cachedExecWork(programPath: string, cache: TemplateCache): SpawnPart[] {
  const works = EXEC_WORK.map((one) =>
    withPicture(withInterpreter(one, programPath, cache), cache),
  );
  return [...execWork(works.filter((one) => one !== undefined)), ...libraryWork(cache)];
}

type Work = CountedWork<ExecCall>;

/** The program's own headers need not be read, nor those of an interpreter that is kept. */
function withInterpreter(one: Work, programPath: string, cache: TemplateCache): Work | undefined {
  const { figure, count } = one;
  const isKept = keepsInterpreter(cache);
  switch (figure) {
    case 'exec.header':
      if (isKept) return undefined;
      return {
        ...one,
        name: 'read headers of the interpreter',
        count: (call) => others(count(call)),
      };
    case 'path.component':
      if (!isKept) return one;
      return { ...one, name: 'walk to program', count: () => componentsOf(programPath) };
    case 'file.open':
      return isKept ? { ...one, name: 'open program', count: () => 1 } : one;
    default:
      return one;
  }
}

const others = (count: number): number => Math.max(count - 1, 0);

/** What would be mapped and filled is copied. */
function withPicture(one: Work | undefined, { layout }: TemplateCache): Work | undefined {
  if (layout !== true || one === undefined) return one;
  if (one.figure === 'map.vma') return { ...one, name: 'copy mappings', figure: 'fork.vma' };
  return one;
}

/** Mapping the libraries and writing to what relocating changes, or copying them in the picture. */
function libraryWork({ libraries = [], layout }: TemplateCache): SpawnPart[] {
  const { length } = libraries;
  const mappings = MAPPINGS_OF_FILE * length;
  if (layout === true) {
    const pages = WRITTEN_OF_FILE * (length + 2);
    return [
      ...(length === 0 ? [] : [work('copy mappings of the libraries', 'fork.vma', mappings)]),
      work('copy entries of what was relocated', 'fork.page', pages),
    ];
  }
  if (length === 0) return [];
  return [
    work('map the libraries', 'map.vma', mappings),
    work('read their pages', 'fault.file', mappings),
    work('relocate them', 'fault.file-write', WRITTEN_OF_FILE * length),
  ];
}

/**
 * A program's run after a spawn from a template that keeps so much: what it does not have to do any more
 * is gone, and the first write to each relocated page of a picture copies it.
 */
export function runAfter({ libraries = [], layout }: TemplateCache, run: ProgramRun): ProgramRun {
  const { 'exec.library': linked = 0, 'exec.dynamic': dynamic = 0, ...rest } = run;
  if (layout === true) {
    const written = WRITTEN_OF_FILE * (libraries.length + 2);
    return dynamic === 0 ? rest : { ...rest, 'fault.cow-copy': written };
  }
  const left = Math.max(linked - libraries.length, 0);
  return {
    ...rest,
    ...(dynamic === 0 ? {} : { 'exec.dynamic': dynamic }),
    ...(left === 0 ? {} : { 'exec.library': left }),
  };
}
