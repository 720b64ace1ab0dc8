import { expect, test } from 'vitest';
import { portraitOf } from './portrait';

test('a name has one portrait, and names differ', () => {
  expect(portraitOf('Clara Client')).toEqual(portraitOf('Clara Client'));
  const drawn = new Set(['Clara Client', 'Felix Freelancer', 'Dana Client'].map((name) => JSON.stringify(portraitOf(name))));
  expect(drawn.size).toBe(3);
});
