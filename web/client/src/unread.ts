/** How much is unread. */
import type { UnreadTotals } from './api/people.js';
import type { Rest } from './rest.js';
import { createStore } from './store.js';
import type { ConversationId } from './wire.js';

export class UnreadCounts {
  readonly totals = createStore<UnreadTotals>({ total: 0, byConversation: new Map() });
  /** Counts what was told: an answer that was asked for earlier is older. */
  #told = 0;

  constructor(
    private readonly rest: Rest,
    private readonly log: (message: string, cause?: unknown) => void,
  ) {}

  /** As the server has it now. */
  async load(): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const told = this.#told;
      try {
        const { total, conversations } = await this.rest.call('get', '/api/chat/unread/');
        if (told !== this.#told) continue;
        const byConversation = new Map(conversations.filter((row) => row.unread_count > 0).map((row) => [row.id, row.unread_count]));
        return this.totals.set({ total, byConversation });
      } catch (cause) {
        return this.log('The unread counts could not be loaded.', cause);
      }
    }
  }

  tell(id: ConversationId, count: number, total: number): void {
    this.#told += 1;
    const byConversation = new Map(this.totals.get().byConversation);
    if (count > 0) byConversation.set(id, count);
    else byConversation.delete(id);
    this.totals.set({ total, byConversation });
  }
}
