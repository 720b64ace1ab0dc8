/** Pauses between attempts. */

/** Full jitter: a random part of a pause that doubles from `minMs` to `maxMs`. `attempt` counts from 0. */
export function fullJitter(attempt: number, minMs: number, maxMs: number): number {
  return Math.round(Math.random() * Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30)));
}

/** Waits, unless it is cut short. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
