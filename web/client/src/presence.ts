/** Who is here. */
import type { Presence } from './api/people.js';
import type { Store } from './api/store.js';
import { ChatError } from './errors.js';
import type { PresenceFrameRow } from './frames.js';
import type { Rest } from './rest.js';
import { createStore, type WritableStore } from './store.js';
import type { OwnPresence, PresenceRow, UserId } from './wire.js';

/** Presence, and what the client tells it. */
export interface LivePresence extends Presence {
  /** A part of everybody; `isLast` ends it. */
  snapshot(rows: readonly PresenceFrameRow[], isLast: boolean): void;
  change(row: PresenceFrameRow): void;
  /** A new socket: what comes begins anew. */
  connected(): void;
}

/** Nobody is known to begin with. */
export function livePresence(rest: Rest, myId: () => UserId | null): LivePresence {
  const people = new Map<UserId, WritableStore<PresenceRow | null>>();
  const own = createStore<OwnPresence | null>(null);
  const all = createStore<ReadonlyMap<UserId, PresenceRow>>(new Map());
  /** Who was not in the snapshot may not be seen any more. */
  let unseen = new Set<UserId>();
  let isPlanned = false;

  const store = (userId: UserId): WritableStore<PresenceRow | null> => {
    let found = people.get(userId);
    if (!found) people.set(userId, (found = createStore<PresenceRow | null>(null)));
    return found;
  };
  const publish = (): void => {
    if (isPlanned) return;
    isPlanned = true;
    queueMicrotask(() => {
      isPlanned = false;
      const rows = [...people.values()].map((one) => one.get()).filter((row) => row !== null);
      all.set(new Map(rows.map((row) => [row.user_id, row])));
    });
  };
  const take = ({ user_id, is_online, last_seen, status }: PresenceFrameRow): void => {
    unseen.delete(user_id);
    store(user_id).set({ user_id, is_online, last_seen, status });
    publish();
  };

  return {
    of: (userId): Store<PresenceRow | null> => store(userId),
    all,
    own,
    loadOwn: async () => {
      const me = myId();
      if (me === null) throw new ChatError('closed', 'Never connected.');
      const { results } = await rest.call('get', '/api/chat/presence/', { query: { user_ids: String(me) } });
      const row = results.find((one) => one.user_id === me);
      if (!row) throw new ChatError('not_found', 'Nothing is known of oneself.');
      // One who asks is here: who is seen `offline` all the same chose so.
      const chosen: OwnPresence = { ...row, status: row.status === 'offline' ? 'invisible' : row.status };
      own.set(chosen);
      return chosen;
    },
    set: async (status) => {
      const row = await rest.call('patch', '/api/chat/presence/', { body: { status } });
      own.set(row);
      return row;
    },
    snapshot: (rows, isLast) => {
      rows.forEach(take);
      if (!isLast) return;
      for (const userId of unseen) people.get(userId)?.set(null);
      unseen.clear();
      publish();
    },
    change: take,
    connected: () => {
      unseen = new Set(people.keys());
    },
  };
}
