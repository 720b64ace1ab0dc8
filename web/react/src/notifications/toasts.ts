/** Which messages are told of in a corner of the page: a list without React. */

import type { Conversation, Message } from '@workconnect/chat-client';

/** A message that is told of. There is at most one for each conversation. */
export interface Toast {
  readonly message: Message;
  readonly conversation: Conversation;
  /** How many came since the toast appeared. */
  readonly count: number;
}

/** How many are shown at once. */
export const MAX_TOASTS = 3;

/** The toasts after another message, the newest first. A message that came twice changes nothing. */
export function withToast(toasts: readonly Toast[], message: Message, conversation: Conversation): readonly Toast[] {
  const known = toasts.find((toast) => toast.conversation.id === conversation.id);
  if (known && known.message.seq >= message.seq) return toasts;
  const toast = { message, conversation, count: (known?.count ?? 0) + 1 };
  return [toast, ...toasts.filter((other) => other !== known)].slice(0, MAX_TOASTS);
}

/** Whether somebody wants to be told of a message: somebody else's, from elsewhere, and neither muted nor put away. */
export function isToldOf(message: Message, conversation: Conversation, userId: number | null, openId: string | undefined): boolean {
  const fromElsewhere = message.sender !== null && message.sender.id !== userId && message.deleted_at === null;
  return fromElsewhere && conversation.id !== openId && !conversation.muted && !conversation.archived;
}
