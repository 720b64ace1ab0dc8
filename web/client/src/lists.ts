/** Lists of conversations that keep themselves up to date. */
import type { ConversationQuery } from './api/conversations.js';
import type { PageState, Paginator } from './api/store.js';
import { asChatError, type Rest } from './rest.js';
import type { Rows } from './rows.js';
import { createStore } from './store.js';
import type { Conversation, ConversationId } from './wire.js';
import type { Page } from './pages.js';

/** A list, and what the client tells it. */
export interface LiveList extends Paginator<Conversation> {
  /** The connection is back: what is shown may be old. */
  refresh(): void;
  isWatched(): boolean;
  close(): void;
}

/** A list for a query. Rows come and go, and move, as events change them. */
export function liveList(rest: Rest, rows: Rows, query: ConversationQuery): LiveList {
  const state = createStore<PageState<Conversation>>({ items: [], hasMore: true, isLoading: false, error: null });
  /** What the server has listed: of a search only the server knows what belongs to it. */
  let listed = new Set<ConversationId>();
  let next: string | null = null;
  let isBegun = false;

  const compose = (): void => {
    const { items, hasMore } = state.get();
    const oldest = items.at(-1)?.updated_at ?? '';
    const belongs = (row: Conversation): boolean => {
      if (!fits(row, query)) return false;
      if (listed.has(row.id)) return true;
      return query.search === undefined && (!hasMore || row.updated_at > oldest);
    };
    const shown = rows.all().filter(belongs).sort(byActivity);
    if (shown.length !== items.length || shown.some((row, at) => row !== items[at])) state.patch({ items: shown });
  };

  const load = async (again: boolean): Promise<void> => {
    if (state.get().isLoading || (!again && !state.get().hasMore)) return;
    state.patch({ isLoading: true, error: null });
    try {
      const isFirst = again || !isBegun || next === null;
      const page: Page<Conversation> = isFirst ? await rest.call('get', '/api/chat/conversations/', { query: asked(query) }) : await rest.page(next!);
      next = page.next ?? null;
      isBegun = true;
      listed = new Set([...(isFirst ? [] : listed), ...page.results.map((row) => row.id)]);
      state.patch({ hasMore: next !== null });
      for (const row of page.results) rows.put(row);
      state.patch({ isLoading: false, error: null });
      compose();
    } catch (cause) {
      state.patch({ isLoading: false, error: asChatError(cause) });
    }
  };

  // Changes that come together are composed once.
  let isPlanned = false;
  const forget = rows.onChange(() => {
    if (!isBegun || isPlanned) return;
    isPlanned = true;
    queueMicrotask(() => {
      isPlanned = false;
      compose();
    });
  });
  let watchers = 0;
  return {
    get: state.get,
    subscribe: (listener) => {
      const stop = state.subscribe(listener);
      watchers += 1;
      return () => {
        watchers -= 1;
        stop();
      };
    },
    isWatched: () => watchers > 0,
    close: forget,
    loadMore: () => load(false),
    reload: () => load(true),
    refresh: () => {
      if (isBegun || state.get().error) void load(true);
    },
  };
}

function asked(query: ConversationQuery): Record<string, string | number | boolean | undefined> {
  const { jobId, participant, search, archived, unread } = query;
  return { job_id: jobId === undefined ? undefined : String(jobId), participant, search, archived, unread };
}

function fits(row: Conversation, query: ConversationQuery): boolean {
  if (query.archived !== undefined && row.archived !== query.archived) return false;
  if (query.unread !== undefined && row.unread_count > 0 !== query.unread) return false;
  if (query.jobId !== undefined && String(row.job?.id) !== String(query.jobId)) return false;
  return query.participant === undefined || row.participants.some((one) => one.id === query.participant);
}

/** As the server sorts them. */
function byActivity(one: Conversation, other: Conversation): number {
  if (one.updated_at !== other.updated_at) return one.updated_at < other.updated_at ? 1 : -1;
  return one.id < other.id ? 1 : -1;
}
