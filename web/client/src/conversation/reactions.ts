/** One's own reactions, shown before the server has taken them. */
import type { Message, MessageId } from '../wire.js';
import { reacted } from './timeline.js';

/** What one wants to be there, or not, until an event says that it is so. */
export class WantedReactions {
  readonly #wanted = new Map<MessageId, Map<string, boolean>>();

  want(id: MessageId, emoji: string, on: boolean): void {
    const ofMessage = this.#wanted.get(id) ?? new Map<string, boolean>();
    this.#wanted.set(id, ofMessage.set(emoji, on));
  }

  /** The server has spoken, one way or the other. */
  settle(id: MessageId, emoji: string): void {
    this.#wanted.get(id)?.delete(emoji);
    if (this.#wanted.get(id)?.size === 0) this.#wanted.delete(id);
  }

  /** Whether the person's reaction is there, as shown. */
  has(message: Message, emoji: string): boolean {
    return this.#wanted.get(message.id)?.get(emoji) ?? message.reactions.some((row) => row.emoji === emoji && row.me);
  }

  /** The message with what is wanted. */
  shown(message: Message): Message {
    const wanted = this.#wanted.get(message.id);
    if (!wanted) return message;
    let reactions = message.reactions;
    for (const [emoji, on] of wanted) reactions = reacted(reactions, emoji, on, true);
    return { ...message, reactions };
  }
}
