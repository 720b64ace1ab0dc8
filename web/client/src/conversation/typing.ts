/** Typing: one's own, told sparingly, and that of others, which ends by itself. */
import type { Typing, TypingPerson } from '../api/conversations.js';
import type { ClientFrame } from '../frames.js';
import { createStore } from '../store.js';
import { Timers } from '../timers.js';
import type { ConversationId, UserId } from '../wire.js';

const AGAIN_AFTER_MS = 2_000;
const IDLE_AFTER_MS = 3_000;
const EXPIRES_AFTER_MS = 6_000;

/** Typing in one conversation, and what the client tells it. */
export class TypingBoard implements Typing {
  readonly #people = createStore<readonly TypingPerson[]>([]);
  readonly #timers = new Timers<UserId | 'idle'>();
  #toldAt = -Infinity;
  readonly get = this.#people.get;
  readonly subscribe = this.#people.subscribe;

  constructor(
    private readonly id: ConversationId,
    private readonly send: (frame: ClientFrame) => boolean,
  ) {}

  keystroke(): void {
    this.#timers.set('idle', IDLE_AFTER_MS, () => this.stop());
    if (Date.now() - this.#toldAt < AGAIN_AFTER_MS) return;
    if (this.send({ type: 'typing_start', conversation_id: this.id })) this.#toldAt = Date.now();
  }

  stop(): void {
    if (this.#toldAt !== -Infinity) this.send({ type: 'typing_stop', conversation_id: this.id });
    this.ended();
  }

  /** It has ended without a word: the message was sent, or the connection broke. */
  ended(): void {
    this.#timers.clear('idle');
    this.#toldAt = -Infinity;
  }

  /** Somebody else types, or has stopped. */
  hear(userId: UserId, name: string, isTyping: boolean): void {
    const others = this.#people.get().filter((one) => one.userId !== userId);
    const wasTyping = others.length < this.#people.get().length;
    if (isTyping) this.#timers.set(userId, EXPIRES_AFTER_MS, () => this.hear(userId, name, false));
    else this.#timers.clear(userId);
    if (isTyping !== wasTyping) this.#people.set(isTyping ? [...others, { userId, name }] : others);
  }

  close(): void {
    this.#timers.clearAll();
    this.#people.set([]);
  }
}
