/** Time that the test moves. IndexedDB goes on by itself, as a disk does. */
import { setImmediate as immediate } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { later } from '../../src/lazy.js';

/** For the tests of this file. */
export function useMovedTime(): void {
  // Loading takes time that is not moved.
  beforeAll(async () => void (await later()));
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
  afterEach(() => void vi.useRealTimers());
}

/** Moves it, in small steps. */
export async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 5) {
    await vi.advanceTimersByTimeAsync(Math.min(5, left));
    await immediate();
  }
}

/** Moves it until something holds. */
export async function until(holds: () => boolean, withinMs = 120_000): Promise<void> {
  for (let passed = 0; !holds(); passed += 20) {
    if (passed > withinMs) throw new Error(`It does not hold within ${withinMs} ms.`);
    await pass(20);
  }
}
