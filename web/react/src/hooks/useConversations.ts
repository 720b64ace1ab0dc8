/** Conversations: the list, one of them, and how much is unread. */

import type { ChatError, Conversation, ConversationHandle, ConversationId, ConversationQuery, Participant, ReadPosition } from '@workconnect/chat-client';
import { useCallback, useEffect, useMemo } from 'react';
import { useSyncExternalStore } from 'react';
import { useChatClient } from './useClient.js';
import { usePaginator } from './usePaginator.js';
import type { PagedList } from './usePaginator.js';
import { useStore } from './useStore.js';

/** One's conversations, newest activity first, kept up to date. */
export function useConversations(query: ConversationQuery = {}): PagedList<Conversation> {
  const client = useChatClient();
  const { jobId, participant, search, archived, unread } = query;
  const list = useMemo(() => client.conversations.list({
    ...(jobId !== undefined && { jobId }),
    ...(participant !== undefined && { participant }),
    ...(search && { search }),
    ...(archived !== undefined && { archived }),
    ...(unread !== undefined && { unread }),
  }), [client, jobId, participant, search, archived, unread]);
  return usePaginator(list);
}

/** The handle of one conversation; nothing is loaded by it. */
export function useConversationHandle(id: ConversationId): ConversationHandle {
  const client = useChatClient();
  return useMemo(() => client.conversation(id), [client, id]);
}

/** The handle of one conversation, loaded and kept up to date while the component is there. */
export function useOpenConversation(id: ConversationId): ConversationHandle {
  const handle = useConversationHandle(id);
  useEffect(() => handle.open(), [handle]);
  return handle;
}

/** One conversation and what can be done with it. */
export interface ConversationView {
  /** Null until it has come. */
  readonly conversation: Conversation | null;
  /** Why it cannot be shown. */
  readonly error: ChatError | null;
  /** What can be done with it. */
  readonly handle: ConversationHandle;
}

/** One conversation, loaded and kept up to date. */
export function useConversation(id: ConversationId): ConversationView {
  const handle = useOpenConversation(id);
  const conversation = useStore(handle.conversation);
  const error = useStore(handle.error);
  return useMemo(() => ({ conversation, error, handle }), [conversation, error, handle]);
}

/** Everybody who takes part in a conversation, in pages. */
export function useParticipants(id: ConversationId): PagedList<Participant> {
  return usePaginator(useOpenConversation(id).participants);
}

/** How much is unread: in one conversation, or in all that are not muted. */
export function useUnreadCount(id?: ConversationId): number {
  const { unread } = useChatClient();
  const get = useCallback(() => {
    const totals = unread.get();
    return id === undefined ? totals.total : totals.byConversation.get(id) ?? 0;
  }, [unread, id]);
  return useSyncExternalStore(unread.subscribe, get, get);
}

/** How far everybody has read. */
export function useReadReceipts(id: ConversationId): readonly ReadPosition[] {
  return useStore(useOpenConversation(id).readState);
}
