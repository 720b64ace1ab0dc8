/** Lists that come in pages. */
import type { PageState, Paginator } from './api/store.js';
import { asChatError, type Rest } from './rest.js';
import { createStore } from './store.js';

/** A page of the API. */
export interface Page<T> {
  next?: string | null;
  results: T[];
}

/** A list whose first page `first` brings, and `next` names the others. */
export function paginate<T>(rest: Rest, first: () => Promise<Page<T>>): Paginator<T> & { setItems(change: (items: readonly T[]) => readonly T[]): void } {
  const state = createStore<PageState<T>>({ items: [], hasMore: true, isLoading: false, error: null });
  let next: string | null = null;
  let isBegun = false;
  const load = async (again: boolean): Promise<void> => {
    const { isLoading, hasMore } = state.get();
    if (isLoading || (!again && !hasMore)) return;
    state.patch({ isLoading: true, error: null });
    try {
      const isFirst = again || !isBegun;
      const page = isFirst || next === null ? await first() : await rest.page<Page<T>>(next);
      isBegun = true;
      next = page.next ?? null;
      const items = isFirst ? page.results : [...state.get().items, ...page.results];
      state.set({ items, hasMore: next !== null, isLoading: false, error: null });
    } catch (cause) {
      state.patch({ isLoading: false, error: asChatError(cause) });
    }
  };
  return {
    get: state.get,
    subscribe: state.subscribe,
    loadMore: () => load(false),
    reload: () => load(true),
    setItems: (change) => state.patch({ items: change(state.get().items) }),
  };
}
