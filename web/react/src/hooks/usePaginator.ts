/** Lists that come in pages. */

import type { PageState, Paginator } from '@workconnect/chat-client';
import { useEffect, useMemo } from 'react';
import { useOptionalStore } from './useStore.js';

/** A list that comes in pages, and how to have more of it. */
export interface PagedList<T> extends PageState<T> {
  readonly loadMore: () => void;
  readonly reload: () => void;
}

const NOTHING_YET: PageState<never> = { items: [], hasMore: false, isLoading: false, error: null };

/** The state of a list. The first page is loaded by itself. */
export function usePaginator<T>(list: Paginator<T> | undefined): PagedList<T> {
  const state = useOptionalStore<PageState<T>>(list, NOTHING_YET);
  useEffect(() => {
    const { items, hasMore, isLoading, error } = list?.get() ?? NOTHING_YET;
    if (items.length === 0 && hasMore && !isLoading && !error) void list?.loadMore();
  }, [list]);
  return useMemo(() => ({
    ...state,
    loadMore: () => void list?.loadMore(),
    reload: () => void list?.reload(),
  }), [list, state]);
}
