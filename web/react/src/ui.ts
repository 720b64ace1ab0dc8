'use client';
/** The styled components. They need `styles.css`. */

export { Icon } from './primitives/Icon.js';
export type { IconName } from './primitives/Icon.js';
export { SlotsScope } from './slots/slots.js';
export type * from './slots/props.js';
export { useText } from './i18n/useText.js';
export { en } from './i18n/en.js';
export { ConversationList } from './conversations/ConversationList.js';
export type { ConversationFilter, ConversationListProps } from './conversations/ConversationList.js';
export { ConversationRow, UnreadBadge } from './conversations/ConversationRow.js';
export { Message } from './messages/Message.js';
export { MessageList } from './messages/MessageList.js';
export type { MessageListProps } from './messages/MessageList.js';
export { Avatar } from './people/Avatar.js';
export { EmptyState } from './people/EmptyState.js';
export { ChatHeader } from './window/ChatHeader.js';
export { ChatInbox } from './window/ChatInbox.js';
export type { ChatInboxProps } from './window/ChatInbox.js';
export { ChatWindow } from './window/ChatWindow.js';
export type { ChatWindowProps } from './window/ChatWindow.js';
export * from './parts.js';
