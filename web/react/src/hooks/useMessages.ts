/** The messages of a conversation, and what can be done with them. */

import type { ConversationHandle, ConversationId, MessageId, MessageWindow, MessageWindowState, Seq } from '@workconnect/chat-client';
import { useMemo } from 'react';
import { useConversationHandle, useOpenConversation } from './useConversations.js';
import { useStore } from './useStore.js';

/** The part of the history that is held, and how to move it. */
export interface MessagesView extends MessageWindowState, Pick<MessageWindow, 'loadOlder' | 'loadNewer' | 'jumpToLatest' | 'follow'> {
  /** Shows the part around a message. Fulfilled with false if there is no such message. */
  readonly jumpTo: (target: MessageId | Seq) => Promise<boolean>;
}

/** The messages of a conversation, loaded and kept up to date. */
export function useMessages(id: ConversationId): MessagesView {
  const { messages } = useOpenConversation(id);
  const state = useStore(messages);
  return useMemo(() => ({
    ...state,
    loadOlder: () => messages.loadOlder(),
    loadNewer: () => messages.loadNewer(),
    jumpTo: (target) => messages.jumpTo(target).then(() => true, () => false),
    jumpToLatest: () => messages.jumpToLatest(),
    follow: (isAtEnd) => messages.follow(isAtEnd),
  }), [messages, state]);
}

/** Sends messages of one conversation, sends refused ones again, and gives them up. */
export type MessageSending = Pick<ConversationHandle, 'send' | 'retry' | 'cancel'>;

/** Sends messages. They are shown at once and kept on this device until they are stored or refused. */
export function useSendMessage(id: ConversationId): MessageSending {
  const handle = useConversationHandle(id);
  return useMemo(() => ({
    send: (message) => handle.send(message),
    retry: (clientId) => handle.retry(clientId),
    cancel: (clientId) => handle.cancel(clientId),
  }), [handle]);
}

/** What can be done with messages that are stored. */
export type MessageActions = Pick<ConversationHandle, 'edit' | 'remove' | 'react' | 'report' | 'markRead'>;

/** Edits, deletes, reacts, reports and marks as read. */
export function useMessageActions(id: ConversationId): MessageActions {
  const handle = useConversationHandle(id);
  return useMemo(() => ({
    edit: (message, content) => handle.edit(message, content),
    remove: (message) => handle.remove(message),
    react: (message, emoji, on) => handle.react(message, emoji, on),
    report: (message, reason) => handle.report(message, reason),
    markRead: (upToSeq) => handle.markRead(upToSeq),
  }), [handle]);
}
