/** Typing as a page sees it: what there is to know of it is loaded once the connection stands. */
import type { Typing, TypingPerson } from '../api/conversations.js';
import type { ClientFrame } from '../frames.js';
import { withLater } from '../lazy.js';
import { createStore } from '../store.js';
import { Timers } from '../timers.js';
import type { ConversationId, UserId } from '../wire.js';
import type { TypingBoard } from './typing.js';

/** Typing, and what the client tells it. */
export interface LiveTyping extends Typing {
  /** It has ended without a word: the message was sent, or the connection broke. */
  ended(): void;
  hear(userId: UserId, name: string, isTyping: boolean): void;
  close(): void;
}

/** Nobody types to begin with. */
export function liveTyping(id: ConversationId, send: (frame: ClientFrame) => boolean): LiveTyping {
  const people = createStore<readonly TypingPerson[]>([]);
  const timers = new Timers<UserId | 'idle'>();
  let board: TypingBoard | undefined;
  const tell = (say: (board: TypingBoard) => void): void =>
    withLater(({ TypingBoard }) => say((board ??= new TypingBoard({ id, people, timers, send }))));
  return {
    get: people.get,
    subscribe: people.subscribe,
    keystroke: () => tell((one) => one.keystroke()),
    stop: () => tell((one) => one.stop()),
    ended: () => tell((one) => one.ended()),
    hear: (userId, name, isTyping) => tell((one) => one.hear(userId, name, isTyping)),
    close: () => {
      timers.clearAll();
      people.set([]);
    },
  };
}
