/** A window on a history that is all in memory. */

import { ChatError, createStore } from '@workconnect/chat-client';
import type { MessageItem, MessageWindow, MessageWindowState } from '@workconnect/chat-client';

const PAGE_SIZE = 50;

/** A window, and the history behind it. */
export interface FakeWindow extends MessageWindow {
  /** Everything that was ever said. */
  readonly all: () => readonly MessageItem[];
  /** Changes the history; what is at its end is shown if the window stands there. */
  readonly change: (change: (all: readonly MessageItem[]) => readonly MessageItem[]) => void;
  readonly open: () => void;
  readonly patch: (fields: Partial<MessageWindowState>) => void;
}

/** Makes a window of pages of 50. `settle` is awaited before each page: a test may hold it. */
export function createFakeWindow(first: readonly MessageItem[], settle: () => Promise<void>): FakeWindow {
  let all = first;
  let from = 0;
  let to = 0;
  let isOpen = false;
  const store = createStore<MessageWindowState>({
    items: [], hasOlder: true, hasNewer: false, isLoading: false, isLoadingOlder: false, isLoadingNewer: false, error: null, target: null,
  });
  const show = (fields: Partial<MessageWindowState> = {}) => {
    store.patch({ items: all.slice(from, to), hasOlder: from > 0, hasNewer: to < all.length, ...fields });
  };
  const place = (nextFrom: number, nextTo: number, fields?: Partial<MessageWindowState>) => {
    from = Math.max(0, nextFrom);
    to = Math.min(all.length, nextTo);
    show(fields);
  };
  return {
    get: store.get,
    subscribe: store.subscribe,
    patch: store.patch,
    all: () => all,
    open() {
      if (isOpen) return;
      isOpen = true;
      store.patch({ isLoading: true });
      void settle().then(() => place(all.length - PAGE_SIZE, all.length, { isLoading: false }));
    },
    change(change) {
      const atEnd = to === all.length;
      all = change(all);
      if (isOpen) place(from, atEnd ? all.length : to);
    },
    async loadOlder() {
      if (from === 0 || store.get().isLoadingOlder) return;
      store.patch({ isLoadingOlder: true });
      await settle();
      place(from - PAGE_SIZE, to, { isLoadingOlder: false });
    },
    async loadNewer() {
      if (to === all.length || store.get().isLoadingNewer) return;
      store.patch({ isLoadingNewer: true });
      await settle();
      place(from, to + PAGE_SIZE, { isLoadingNewer: false });
    },
    async jumpTo(target) {
      const index = all.findIndex(({ message }) => message.id === target || message.seq === target);
      const { id, seq } = all[index]?.message ?? {};
      if (!id || !seq) throw new ChatError('not_found', 'No such message.');
      await settle();
      const isHeld = index >= from && index < to;
      place(isHeld ? from : index - PAGE_SIZE / 2, isHeld ? to : index + PAGE_SIZE / 2, { target: { id, seq } });
    },
    async jumpToLatest() {
      await settle();
      if (to < all.length) place(all.length - PAGE_SIZE, all.length);
    },
    follow() {},
  };
}
