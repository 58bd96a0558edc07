import { expect, test } from 'vitest';
import { assert, ConfigError, InvariantError } from '../src/index.ts';

test('assert throws what it was told when the condition does not hold', () => {
  expect(() => assert(false, 'a lock is held once')).toThrow(
    new InvariantError('a lock is held once'),
  );
  expect(() => assert(true, 'never seen')).not.toThrow();
});

test('the classes can be told apart by name and by instanceof', () => {
  expect(new ConfigError('x').name).toBe('ConfigError');
  expect(new InvariantError('x').name).toBe('InvariantError');
  expect(new ConfigError('x')).not.toBeInstanceOf(InvariantError);
});
