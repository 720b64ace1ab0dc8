/** What needs the rest of the client waits for it, in order. */
import { expect, test } from 'vitest';
import { later, withLater } from '../src/lazy.js';

test('what comes before the rest is there is done first, then at once', async () => {
  const done: number[] = [];
  withLater(() => done.push(1));
  withLater(() => done.push(2));
  // In between: it is there, but what waited has not been done.
  void later().then(() => withLater(() => done.push(4)));
  withLater(() => done.push(3));
  expect(done).toEqual([]);
  await expect.poll(() => done).toEqual([1, 2, 3, 4]);
  withLater(() => done.push(5));
  expect(done).toEqual([1, 2, 3, 4, 5]);
});
