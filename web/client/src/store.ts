/** Stores: a value and those who watch it. */
import type { Store } from './api/store.js';

/** A store that its owner changes. */
export interface WritableStore<T> extends Store<T> {
  /** Nobody is told if it is the same value. */
  readonly set: (value: T) => void;
  /** Changes some fields of an object. */
  readonly patch: (fields: Partial<T>) => void;
}

/** A store with a first value. */
export function createStore<T>(first: T): WritableStore<T> {
  let value = first;
  const listeners = new Set<() => void>();
  const set = (next: T): void => {
    if (Object.is(next, value)) return;
    value = next;
    for (const listener of [...listeners]) listener();
  };
  return {
    get: () => value,
    set,
    patch: (fields) => {
      const changed = (Object.keys(fields) as (keyof T)[]).some((key) => !Object.is(fields[key], value[key]));
      if (changed) set({ ...value, ...fields });
    },
    subscribe: (listener) => {
      // Each subscription counts, also of the same function.
      const own = (): void => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
