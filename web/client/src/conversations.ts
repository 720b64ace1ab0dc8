/** All conversations: lists, and those that are shown. */
import type { ConversationQuery, Conversations } from './api/conversations.js';
import { liveList, type LiveList } from './lists.js';
import type { Rest } from './rest.js';
import type { Rows } from './rows.js';

const MOST_LISTS = 20;

/** Conversations, and what the client tells them. */
export interface LiveConversations extends Conversations {
  /** The connection is back. */
  refresh(): void;
}

/** Lists by query: those that nobody watches are let go when there are many. */
export function liveConversations(rest: Rest, rows: Rows): LiveConversations {
  const lists = new Map<string, LiveList>();
  const letGo = (): void => {
    for (const [key, list] of lists) {
      if (lists.size <= MOST_LISTS) return;
      if (list.isWatched()) continue;
      list.close();
      lists.delete(key);
    }
  };
  return {
    list: (query: ConversationQuery = {}) => {
      const key = JSON.stringify(Object.entries(query).sort());
      let list = lists.get(key);
      if (!list) {
        letGo();
        lists.set(key, (list = liveList(rest, rows, query)));
      }
      return list;
    },
    create: async (request) => {
      const row = await rest.call('post', '/api/chat/conversations/', { body: request });
      rows.put(row);
      return row;
    },
    get: async (id) => rows.get(id) ?? (await rows.load(id)),
    refresh: () => lists.forEach((list) => list.refresh()),
  };
}
