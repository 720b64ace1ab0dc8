/** Stores of the client as state of a component. */

import type { Store } from '@workconnect/chat-client';
import { useSyncExternalStore } from 'react';

const NOTHING = () => () => undefined;

/** The value of a store, and a new rendering whenever it changes. On a server: the value that the store begins with. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get, store.get);
}

/** The same for a store that may be missing. */
export function useOptionalStore<T>(store: Store<T> | undefined, missing: T): T {
  const get = store ? store.get : () => missing;
  return useSyncExternalStore(store?.subscribe ?? NOTHING, get, get);
}
