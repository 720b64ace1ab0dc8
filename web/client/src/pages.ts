/** Lists that come in pages. */
import type { PageState, Paginator } from './api/store.js';
import { asChatError, type Rest } from './rest.js';
import { createStore } from './store.js';

/** A page of the API. */
export interface Page<T> {
  next?: string | null;
  results: T[];
}

/** A list that its owner changes. */
export interface OwnedPages<T> extends Paginator<T> {
  setItems(change: (items: readonly T[]) => readonly T[]): void;
}

/** What a list shows once a page has come. */
type Take<T> = (results: readonly T[], isFirst: boolean, hasMore: boolean) => readonly T[];

/** A list whose first page `first` brings, and `next` names the others. Pages are shown one after the other, unless `take` says what to show. */
export function paginate<T>(rest: Rest, first: () => Promise<Page<T>>, take?: Take<T>): OwnedPages<T> {
  const { get, subscribe, patch } = createStore<PageState<T>>({ items: [], hasMore: true, isLoading: false, error: null });
  let next: string | null = null;
  const load = async (again: boolean): Promise<void> => {
    const { isLoading, hasMore } = get();
    if (isLoading || (!again && !hasMore)) return;
    patch({ isLoading: true, error: null });
    try {
      const isFirst = again || next === null;
      const { results, next: following } = isFirst ? await first() : await rest.page<Page<T>>(next!);
      next = following ?? null;
      const more = next !== null;
      const items = take ? take(results, isFirst, more) : isFirst ? results : [...get().items, ...results];
      patch({ items, hasMore: more, isLoading: false });
    } catch (cause) {
      patch({ isLoading: false, error: asChatError(cause) });
    }
  };
  return {
    get,
    subscribe,
    loadMore: () => load(false),
    reload: () => load(true),
    setItems: (change) => patch({ items: change(get().items) }),
  };
}
