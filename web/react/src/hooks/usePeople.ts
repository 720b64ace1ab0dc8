/** Who is here and who types. */

import type { ChosenStatus, ConversationId, OwnPresence, PresenceRow, TypingPerson, UserId } from '@workconnect/chat-client';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { useChatClient } from './useClient.js';
import { useConversationHandle } from './useConversations.js';
import { useStore } from './useStore.js';

/** Who types in a conversation, and how to say that oneself does. */
export interface TypingView {
  readonly people: readonly TypingPerson[];
  /** Call it at every key. */
  readonly keystroke: () => void;
  readonly stop: () => void;
}

/** Typing. Leaving the conversation ends one's own. */
export function useTyping(id: ConversationId): TypingView {
  const { typing } = useConversationHandle(id);
  const people = useStore(typing);
  useEffect(() => () => typing.stop(), [typing]);
  return useMemo(() => ({ people, keystroke: () => typing.keystroke(), stop: () => typing.stop() }), [people, typing]);
}

/** The presence of some people: those who are known. Rendered anew only when one of them changes. */
export function usePresence(ids: readonly UserId[]): ReadonlyMap<UserId, PresenceRow> {
  const { presence } = useChatClient();
  const key = ids.join();
  const people = useMemo(() => {
    const stores = key === '' ? [] : key.split(',').map((id) => [Number(id), presence.of(Number(id))] as const);
    let last: ReadonlyMap<UserId, PresenceRow> = new Map();
    return {
      get: () => {
        const rows = stores.flatMap(([id, store]) => pair(id, store.get()));
        const same = rows.length === last.size && rows.every(([id, row]) => last.get(id) === row);
        if (!same) last = new Map(rows);
        return last;
      },
      subscribe: (listener: () => void) => {
        const ends = stores.map(([, store]) => store.subscribe(listener));
        return () => ends.forEach((end) => end());
      },
    };
  }, [presence, key]);
  return useSyncExternalStore(people.subscribe, people.get, people.get);
}

function pair(id: UserId, row: PresenceRow | null): [UserId, PresenceRow][] {
  return row ? [[id, row]] : [];
}

/** What oneself chose to be seen as, and how to choose. */
export function useOwnPresence(): { readonly own: OwnPresence | null; readonly set: (status: ChosenStatus) => Promise<OwnPresence> } {
  const { presence } = useChatClient();
  const own = useStore(presence.own);
  useEffect(() => {
    // Unknown it stays null; the next mount asks again.
    if (!presence.own.get()) presence.loadOwn().catch(() => undefined);
  }, [presence]);
  return useMemo(() => ({ own, set: (status) => presence.set(status) }), [own, presence]);
}
