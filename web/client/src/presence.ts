/** Who is here. */
import type { Presence } from './api/people.js';
import type { PresenceFrameRow } from './frames.js';
import { later, withLater } from './lazy.js';
import type { Rest } from './rest.js';
import { createStore, type WritableStore } from './store.js';
import type { OwnPresence, PresenceRow, UserId } from './wire.js';

/** Presence, and what the client tells it. */
export interface LivePresence extends Presence {
  /** Some of those who are there; `isLast` ends a snapshot. */
  hear(rows: readonly PresenceFrameRow[], isLast: boolean): void;
  /** A new socket: what comes begins anew. */
  connected(): void;
}

/** Who is known, and how to change that. */
export interface PresenceBoard {
  readonly people: ReadonlyMap<UserId, WritableStore<PresenceRow | null>>;
  readonly store: (userId: UserId) => WritableStore<PresenceRow | null>;
  readonly all: WritableStore<ReadonlyMap<UserId, PresenceRow>>;
  /** Who was not in the snapshot may not be seen any more. */
  unseen: Set<UserId>;
}

/** Nobody is known to begin with. */
export function livePresence(rest: Rest, myId: () => UserId | null): LivePresence {
  const people = new Map<UserId, WritableStore<PresenceRow | null>>();
  const own = createStore<OwnPresence | null>(null);
  const all = createStore<ReadonlyMap<UserId, PresenceRow>>(new Map());
  const store = (userId: UserId): WritableStore<PresenceRow | null> => {
    let found = people.get(userId);
    if (!found) people.set(userId, (found = createStore<PresenceRow | null>(null)));
    return found;
  };
  const board = { people, all, store, unseen: new Set<UserId>() };
  return {
    of: store,
    all,
    own,
    loadOwn: async () => (await later()).loadOwn(rest, myId(), own),
    set: async (status) => (await later()).choose(rest, status, own),
    hear: (rows, isLast) => withLater(({ seen }) => seen(board, rows, isLast), () => undefined),
    connected: () => {
      board.unseen = new Set(people.keys());
    },
  };
}
