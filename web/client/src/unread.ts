/** How much is unread. */
import type { UnreadTotals } from './api/people.js';
import type { Rest } from './rest.js';
import { createStore } from './store.js';
import type { ConversationId } from './wire.js';

/** The counts, and what the client tells them. */
export type UnreadCounts = ReturnType<typeof unreadCounts>;

/** Nothing is unread before `load`. */
export function unreadCounts(rest: Rest, log: (message: string, cause?: unknown) => void) {
  const totals = createStore<UnreadTotals>({ total: 0, byConversation: new Map() });
  /** Counts what was told: an answer that was asked for earlier is older. */
  let told = 0;

  /** As the server has it now. */
  const load = async (): Promise<void> => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const before = told;
      try {
        const { total, conversations } = await rest.call('get', '/api/chat/unread/');
        if (told !== before) continue;
        const byConversation = new Map(conversations.filter((row) => row.unread_count > 0).map((row) => [row.id, row.unread_count]));
        return totals.set({ total, byConversation });
      } catch (cause) {
        return log('The unread counts were not loaded.', cause);
      }
    }
  };

  const tell = (id: ConversationId, count: number, total: number): void => {
    told += 1;
    const byConversation = new Map(totals.get().byConversation);
    if (count > 0) byConversation.set(id, count);
    else byConversation.delete(id);
    totals.set({ total, byConversation });
  };
  return { totals, load, tell };
}
