/** Whom one knows: everybody who takes part in a conversation with one. */

import type { ConversationId, Participant, UserId } from '@workconnect/chat-client';
import { useMemo } from 'react';
import { useChatClient, useUserId } from '../hooks/useClient.js';
import { useConversations } from '../hooks/useConversations.js';
import { useOptionalStore } from '../hooks/useStore.js';

/** Somebody who can be chosen. */
export interface Person {
  readonly id: UserId;
  readonly name: string;
  readonly avatar_url?: string | null;
}

/** Whom to list. */
export interface KnownPeopleOptions {
  /** Those of this conversation alone. */
  readonly conversationId?: ConversationId | undefined;
  readonly withSelf?: boolean;
}

/** The people of one's conversations, each once, by name. */
export function useKnownPeople({ conversationId, withSelf = false }: KnownPeopleOptions = {}): readonly Person[] {
  const userId = useUserId();
  const { items } = useConversations();
  const client = useChatClient();
  const one = useOptionalStore(conversationId === undefined ? undefined : client.conversation(conversationId).conversation, null);
  return useMemo(() => {
    const rows = conversationId === undefined ? items : items.filter(({ id }) => id === conversationId);
    const participants = one && conversationId !== undefined ? one.participants : rows.flatMap((row) => row.participants);
    return distinct(participants.filter(({ id }) => withSelf || id !== userId));
  }, [items, one, conversationId, userId, withSelf]);
}

function distinct(participants: readonly Participant[]): Person[] {
  const byId = new Map(participants.map((person) => [person.id, person]));
  return [...byId.values()].sort((a, b) => a.name.localeCompare(b.name));
}
