/** Typing: one's own, told sparingly, and that of others, which ends by itself. */
import type { TypingPerson } from '../api/conversations.js';
import type { ClientFrame } from '../frames.js';
import type { WritableStore } from '../store.js';
import type { Timers } from '../timers.js';
import type { ConversationId, UserId } from '../wire.js';

const AGAIN_AFTER_MS = 2_000;
const IDLE_AFTER_MS = 3_000;
const EXPIRES_AFTER_MS = 6_000;

/** What the board is made of: it brings nothing of its own. */
export interface TypingParts {
  readonly id: ConversationId;
  readonly people: WritableStore<readonly TypingPerson[]>;
  readonly timers: Timers<UserId | 'idle'>;
  readonly send: (frame: ClientFrame) => boolean;
}

/** Typing in one conversation. */
export class TypingBoard {
  #toldAt = -Infinity;
  readonly #people;
  readonly #timers;
  readonly #send;
  readonly #id;

  constructor({ id, people, timers, send }: TypingParts) {
    this.#id = id;
    this.#people = people;
    this.#timers = timers;
    this.#send = send;
  }

  keystroke(): void {
    this.#timers.set('idle', IDLE_AFTER_MS, () => this.stop());
    if (Date.now() - this.#toldAt < AGAIN_AFTER_MS) return;
    if (this.#send({ type: 'typing_start', conversation_id: this.#id })) this.#toldAt = Date.now();
  }

  stop(): void {
    if (this.#toldAt !== -Infinity) this.#send({ type: 'typing_stop', conversation_id: this.#id });
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
}
