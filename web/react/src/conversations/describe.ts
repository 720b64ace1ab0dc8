/** Conversations and messages in a line. */

import type { Conversation, Participant, ShownMessage, UserId } from '@workconnect/chat-client';
import type { Translate } from '../i18n/strings.js';

/** Whose picture stands for a conversation: the other person, or the first of the others. */
export function faceOf(conversation: Conversation, userId: UserId | null): Participant | undefined {
  return conversation.participants.find(({ id }) => id !== userId) ?? conversation.participants[0];
}

/** A message as one line of text. */
export function summaryOf(message: ShownMessage, t: Translate): string {
  if (message.deleted_at) return t('deletedMessage');
  if (message.content.trim() !== '') return message.content.replace(/\s+/g, ' ').trim();
  const [first, ...more] = message.attachments;
  if (!first) return '';
  if (more.length > 0) return t('attachmentsCount', { count: more.length + 1 });
  return first.kind === 'image' ? t('photo') : first.kind === 'voice' ? t('voiceMessage') : first.name;
}

/** Who said a message, as one calls them. */
export function senderName(message: ShownMessage, userId: UserId | null, t: Translate): string {
  if (message.sender?.id === userId && userId !== null) return t('you');
  return message.sender?.name || t('someone');
}
