import { refuse } from '@forkless/errors';
import { expect, test } from 'vitest';
import {
  attempt,
  change,
  compile,
  execute,
  locked,
  path,
  slabAlloc,
  slabFree,
  when,
  type PathPart,
} from '../src/index.ts';

const say = (word: string) => change<string[]>(word, (said) => void said.push(word));
const refusal = change<string[]>('refuse', () => refuse('EAGAIN', 'a test says so'));

function run(...parts: PathPart<string[]>[]) {
  const said: string[] = [];
  return { said, ...execute(compile(path('test', ...parts)), said) };
}

test('steps run in the order they are composed in', () => {
  expect(run(say('a'), path('inner', say('b'), say('c')), say('d')).said).toEqual([
    'a',
    'b',
    'c',
    'd',
  ]);
});

test('a condition is asked when its steps come up', () => {
  const seen = (word: string) => (said: string[]) => said.includes(word);
  const { said } = run(say('a'), when('a?', seen('a'), say('b')), when('x?', seen('x'), say('c')));
  expect(said).toEqual(['a', 'b']);
});

test('a refusal runs the cleanups around it, innermost first, and nothing after it', () => {
  const inner = attempt('inner', [say('b'), refusal, say('never')], [say('undo b')]);
  const outer = attempt('outer', [say('a'), inner, say('never')], [say('undo a')]);
  const { said, refusal: answer } = run(outer, say('never'));
  expect(said).toEqual(['a', 'b', 'undo b', 'undo a']);
  expect(answer).toMatchObject({ errno: 'EAGAIN' });
});

test('an attempt that ends well needs no cleanup', () => {
  const { said, refusal: answer } = run(attempt('a', [say('a')], [say('never')]), say('b'));
  expect(said).toEqual(['a', 'b']);
  expect(answer).toBeUndefined();
});

test('an attempt inside a cleanup goes outwards too', () => {
  const again = attempt('again', [refusal], [say('undo again')]);
  const outer = attempt('outer', [attempt('inner', [refusal], [say('undo'), again])], [say('out')]);
  expect(run(outer).said).toEqual(['undo', 'undo again', 'out']);
});

test('the first refusal is the answer', () => {
  const other = change<string[]>('refuse otherwise', () => refuse('ENOMEM', 'later'));
  expect(run(attempt('a', [refusal], [other])).refusal).toMatchObject({ errno: 'EAGAIN' });
});

test('executing counts lock trips and slab objects', () => {
  const { lockTrips, slabs } = run(
    locked('pidmap_lock', [say('a')]),
    locked('pidmap_lock', [say('b')]),
    slabAlloc('pid', { bytes: 128 }),
    slabFree('pid', { bytes: 128, count: 3 }),
  );
  expect(lockTrips).toEqual({ pidmap_lock: 2 });
  expect(slabs).toEqual({ pid: { allocs: 1, frees: 3 } });
});
