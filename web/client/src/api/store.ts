/** Something to read and to watch: made for `useSyncExternalStore(store.subscribe, store.get, store.get)`. */
export interface Store<T> {
  /** The value now. The same object as long as nothing has changed; needs no `this`. */
  readonly get: () => T;
  /** Calls `listener` after each change, until the returned function is called. Needs no `this`. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** The state of a list that comes in pages. */
export interface PageState<T> {
  /** What there is so far, in order. */
  readonly items: readonly T[];
  /** Whether `loadMore` brings more. True before the first page has come. */
  readonly hasMore: boolean;
  /** Whether a page is on its way. */
  readonly isLoading: boolean;
  /** Why the last page did not come. */
  readonly error: import('../errors.js').ChatError | null;
}

/** A list that comes in pages. Nothing is loaded before the first `loadMore`. */
export interface Paginator<T> extends Store<PageState<T>> {
  /** Brings the next page (the first one, to begin with). One at a time; never rejects: see `error`. */
  loadMore(): Promise<void>;
  /** Begins again from the first page; what is there stays until it has come. */
  reload(): Promise<void>;
}
