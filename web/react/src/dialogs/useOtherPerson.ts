/** The other one of two people, and whether one has blocked them. */

import type { Conversation, Participant } from '@workconnect/chat-client';
import { useChatClient, useUserId } from '../hooks/useClient.js';
import { usePaginator } from '../hooks/usePaginator.js';

/** The other one of two people. */
export interface OtherPerson {
  /** Nobody in a group, or while the conversation is not there yet. */
  readonly other: Participant | undefined;
  readonly isBlocked: boolean;
}

/** The other one of the two people of a direct or job conversation: blocks concern these alone. */
export function useOtherPerson(conversation: Conversation | null): OtherPerson {
  const userId = useUserId();
  const { items } = usePaginator(useChatClient().blocks);
  const isPair = conversation !== null && conversation.kind !== 'group' && conversation.participant_count === 2;
  const other = isPair ? conversation.participants.find(({ id }) => id !== userId) : undefined;
  return { other, isBlocked: other !== undefined && items.some(({ user_id }) => user_id === other.id) };
}
