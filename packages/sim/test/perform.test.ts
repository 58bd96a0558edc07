// Performing a path beside executing it: the same changes in the same order, and the same refusal.

import { refuse } from '@forkless/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  attempt,
  change,
  compile,
  compileForever,
  deedOf,
  execute,
  lock,
  path,
  perform,
  slabAlloc,
  when,
  work,
  type PathNode,
} from '../src/index.ts';

/** What was said so far; a question is answered by how much that is. */
type Said = string[];

const { node: nodes } = fc.letrec<{ node: PathNode<Said>; list: PathNode<Said>[] }>((tie) => ({
  list: fc.array(tie('node'), { maxLength: 4 }),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.nat(99).map((word) => change<Said>('say', (said) => void said.push(`${word}`))),
    fc.nat(99).map((word) => change<Said>('refuse', () => refuse('EAGAIN', `${word}`))),
    fc.constantFrom<PathNode<Said>>(work('work', 'ns'), lock('l'), slabAlloc('s', { bytes: 8 })),
    fc
      .tuple(fc.nat(3), tie('list'))
      .map(([rest, body]) => when<Said>('odd', (said) => said.length % 4 !== rest, ...body)),
    fc.tuple(tie('list'), tie('list')).map(([body, undo]) => attempt<Said>('a', body, undo)),
  ),
}));

test('what is performed is what is executed, without the counts', () => {
  fc.assert(
    fc.property(fc.array(nodes, { maxLength: 8 }), (parts) => {
      const program = compile(path('random', ...parts));
      const executed: Said = [];
      const performed: Said = [];
      const { refusal } = execute(program, executed);
      expect(perform(deedOf(program), performed)).toEqual(refusal);
      expect(performed).toEqual(executed);
    }),
    { seed: 6, numRuns: 500 },
  );
});

test('a question that nothing depends on is not asked', () => {
  const asks = when<Said>('asked', (said) => said.push('asked') > 0, work('work', 'ns'));
  const said: Said = [];
  perform(deedOf(compile(path('test', asks))), said);
  expect(said).toEqual([]);
});

test('a path that starts again is not performed', () => {
  expect(() => deedOf(compileForever(path<Said>('test', work('work', 'ns'))))).toThrow(
    /start again/,
  );
});
