/** Presence, blocks, unread totals. */
import type { Block, ChosenStatus, ConversationId, OwnPresence, PresenceRow, UserId } from '../wire.js';
import type { Paginator, Store } from './store.js';

/** Who is here. It comes with the connection; while there is none the last that is known stays. */
export interface Presence {
  /** One person; null while unknown, or where one may not see it. The same store for the same person. */
  of(userId: UserId): Store<PresenceRow | null>;
  /** Everybody who is known, by id. */
  readonly all: Store<ReadonlyMap<UserId, PresenceRow>>;
  /** What oneself chose; null until it was asked for with `loadOwn` or set. */
  readonly own: Store<OwnPresence | null>;
  loadOwn(): Promise<OwnPresence>;
  set(status: ChosenStatus): Promise<OwnPresence>;
}

/** Whom the person has blocked. */
export interface Blocks extends Paginator<Block> {
  block(userId: UserId): Promise<void>;
  unblock(userId: UserId): Promise<void>;
}

/** How much is unread. */
export interface UnreadTotals {
  /** Over conversations that are not muted. */
  readonly total: number;
  /** By conversation, none that is 0. */
  readonly byConversation: ReadonlyMap<ConversationId, number>;
}
