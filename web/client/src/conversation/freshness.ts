/**
 * Up to which event each message is known. A page of the history does not say as of when it is, so the first reaction after it may
 * be in its counts already: then the message is fetched, with a position that is certainly not older.
 */
import type { ChangeOfMessage } from './timeline.js';
import type { Rest } from '../rest.js';
import type { ConversationId, Message, MessageId, Seq } from '../wire.js';

/** Which events a message contains. */
export class Freshness {
  readonly #asOf = new Map<MessageId, Seq>();
  /** Messages that are being fetched, and what came meanwhile. */
  readonly #fetching = new Map<MessageId, ChangeOfMessage[]>();

  constructor(
    private readonly rest: Rest,
    private readonly conversationId: ConversationId,
    /** The message was fetched; `later` are the events that it does not contain. */
    private readonly onFetched: (message: Message, later: ChangeOfMessage[]) => void,
  ) {}

  /** It contains everything up to and with this event. */
  isAsOf(id: MessageId, seq: Seq): void {
    this.#asOf.set(id, seq);
  }

  /** It comes from a page. */
  isUnknown(id: MessageId): void {
    this.#asOf.delete(id);
  }

  /** Whether the event is news for the message. Counts need to know that; texts are simply set. */
  mayApply(id: MessageId, event: ChangeOfMessage, isCount: boolean): boolean {
    const asOf = this.#asOf.get(id);
    if (asOf !== undefined && event.seq <= asOf) return false;
    if (isCount && asOf === undefined) {
      void this.#fetch(id, event);
      return false;
    }
    if (asOf !== undefined || event.type === 'message_edited') this.#asOf.set(id, event.seq);
    return true;
  }

  /** Forgets all others. */
  keepOnly(messages: readonly Message[]): void {
    if (this.#asOf.size <= messages.length * 2) return;
    const ids = new Set(messages.map((message) => message.id));
    for (const id of this.#asOf.keys()) if (!ids.has(id)) this.#asOf.delete(id);
  }

  clear(): void {
    this.#asOf.clear();
    this.#fetching.clear();
  }

  async #fetch(id: MessageId, event: ChangeOfMessage): Promise<void> {
    const waiting = this.#fetching.get(id);
    if (waiting) return void waiting.push(event);
    const later = [event];
    this.#fetching.set(id, later);
    try {
      const message = await this.rest.call('get', '/api/chat/messages/{id}/', { path: { id } });
      const { last_seq: asOf } = await this.rest.call('get', '/api/chat/conversations/{id}/', { path: { id: this.conversationId } });
      if (this.#fetching.get(id) !== later) return;
      this.#asOf.set(id, asOf);
      this.#fetching.delete(id);
      this.onFetched(message, later.filter((one) => one.seq > asOf));
    } catch {
      // The next reaction asks again.
      this.#fetching.delete(id);
    }
  }
}
