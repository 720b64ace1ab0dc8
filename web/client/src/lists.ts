/** Lists of conversations that keep themselves up to date. */
import type { ConversationQuery } from './api/conversations.js';
import type { Paginator } from './api/store.js';
import { paginate, type OwnedPages } from './pages.js';
import type { Rest } from './rest.js';
import type { Rows } from './rows.js';
import { soon } from './timers.js';
import type { Conversation, ConversationId } from './wire.js';

/** A list, and what the client tells it. */
export interface LiveList extends Paginator<Conversation> {
  /** The connection is back: what is shown may be old. */
  refresh(): void;
  isWatched(): boolean;
  close(): void;
}

/** A list for a query. Rows come and go, and move, as events change them. */
export function liveList(rest: Rest, rows: Rows, query: ConversationQuery): LiveList {
  const { jobId, ...others } = query;
  const asked = { ...others, ...(jobId !== undefined && { job_id: String(jobId) }) };
  /** What the server has listed: of a search only the server knows what belongs to it. Nothing before the first page. */
  let listed: Set<ConversationId> | undefined;
  /** What is there already stays the same array if nothing has changed. */
  const compose = (items: readonly Conversation[], hasMore: boolean): readonly Conversation[] => {
    const oldest = items.at(-1)?.updated_at ?? '';
    const belongs = (row: Conversation): boolean =>
      fits(row, query) && (listed?.has(row.id) || (query.search === undefined && (!hasMore || row.updated_at > oldest)));
    const shown = rows.all().filter(belongs).sort(byActivity);
    return shown.length === items.length && shown.every((row, at) => row === items[at]) ? items : shown;
  };
  const list: OwnedPages<Conversation> = paginate(
    rest,
    () => rest.call('get', '/api/chat/conversations/', { query: asked }),
    (results, isFirst, hasMore) => {
      listed = new Set([...((!isFirst && listed) || []), ...results.map((row) => row.id)]);
      for (const row of results) rows.put(row);
      return compose(list.get().items, hasMore);
    },
  );
  // Changes that come together are composed once.
  const forget = rows.onChange(
    soon(() => {
      if (listed) list.setItems((items) => compose(items, list.get().hasMore));
    }),
  );
  let watchers = 0;
  return {
    ...list,
    subscribe: (listener) => {
      const stop = list.subscribe(listener);
      watchers += 1;
      return () => {
        watchers -= 1;
        stop();
      };
    },
    isWatched: () => watchers > 0,
    close: forget,
    refresh: () => {
      if (listed || list.get().error) void list.reload();
    },
  };
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
