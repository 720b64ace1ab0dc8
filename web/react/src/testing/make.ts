/** Conversations, people and messages for tests and pictures. */

import type { Conversation, Message, MessageItem, Participant } from '@workconnect/chat-client';

/** The time at which tests take place, if they do not say another. */
export const EPOCH = Date.UTC(2026, 10, 23, 9, 0, 0);

/** An id in the form of the server's, told from others by a number. */
export function makeId(number: number): string {
  return `01a207ab-0000-7000-8000-${String(number).padStart(12, '0')}`;
}

/** Somebody who takes part. */
export function makeParticipant(id: number, name: string, more: Partial<Participant> = {}): Participant {
  return { id, name, avatar_url: null, role: 'member', user_role: 'client', is_online: false, last_seen: null, ...more };
}

/** A conversation, by default a direct one of Clara (1) and Felix (2). */
export function makeConversation(number: number, more: Partial<Conversation> = {}): Conversation {
  const participants = more.participants ?? [makeParticipant(1, 'Clara Client', { role: 'owner' }), makeParticipant(2, 'Felix Freelancer')];
  const at = new Date(EPOCH).toISOString();
  return {
    id: makeId(number), kind: participants.length > 2 ? 'group' : 'direct', title: null, job: null, metadata: {}, participants,
    participant_count: participants.length, last_message: null, unread_count: 0, muted: false, archived: false, last_seq: 1,
    created_at: at, updated_at: at, ...more,
  };
}

/** A stored message at a position; each is a minute after the one before. */
export function makeMessage(conversationId: string, seq: number, sender: { readonly id: number; readonly name: string } | null, content: string, more: Partial<Message> = {}): Message {
  return {
    id: makeId(1_000_000 + seq), conversation_id: conversationId, seq, content, message_type: sender ? 'text' : 'system',
    sender: sender && { id: sender.id, name: sender.name, avatar_url: null, role: 'client' },
    attachments: [], reply_to: null, reactions: [], client_id: null, created_at: new Date(EPOCH + seq * 60_000).toISOString(),
    edited_at: null, deleted_at: null, ...more,
  };
}

/** A message as a list shows it to `userId`. */
export function makeItem(message: Message, userId: number, more: Partial<MessageItem> = {}): MessageItem {
  return { key: message.client_id ?? message.id, message, isMine: message.sender?.id === userId, delivery: 'sent', readBy: [], error: null, ...more };
}
