/** A list in memory that looks as if it came in pages. */

import { createStore } from '@workconnect/chat-client';
import type { PageState, Paginator } from '@workconnect/chat-client';

/** A list whose one page is what `rows` gives when it is asked for. */
export interface FakePaginator<T> extends Paginator<T> {
  /** Asks again, if it was ever asked. */
  readonly refresh: () => void;
  readonly patch: (fields: Partial<PageState<T>>) => void;
}

/** Makes a list of one page. */
export function createFakePaginator<T>(rows: () => readonly T[]): FakePaginator<T> {
  const store = createStore<PageState<T>>({ items: [], hasMore: true, isLoading: false, error: null });
  let wasAsked = false;
  const load = async () => {
    wasAsked = true;
    store.patch({ isLoading: true });
    await Promise.resolve();
    store.set({ items: rows(), hasMore: false, isLoading: false, error: null });
  };
  return {
    get: store.get,
    subscribe: store.subscribe,
    patch: store.patch,
    loadMore: load,
    reload: load,
    refresh() {
      if (wasAsked) store.patch({ items: rows() });
    },
  };
}
