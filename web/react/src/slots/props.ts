/** What replaceable parts are given. */

import type { Conversation, ConversationHandle, ConversationId, MessageItem, Reaction, ShownMessage } from '@workconnect/chat-client';
import type { ComponentType } from 'react';

/** A person's picture. */
export interface AvatarProps {
  readonly id: number | null;
  readonly name: string;
  readonly url?: string | null | undefined;
  readonly size?: 'sm' | 'md';
  /** Shows a dot while the person is online. */
  readonly showPresence?: boolean;
}

/** A row of the list of conversations; the option around it is not its business. */
export interface ConversationRowProps {
  readonly conversation: Conversation;
}

/** The top of a window. */
export interface HeaderProps {
  readonly conversation: Conversation;
  readonly handle: ConversationHandle;
  /** Goes back to the list, where there is room for one of them alone. */
  readonly onBack?: (() => void) | undefined;
  /** Opens and closes the search of this conversation. */
  readonly onSearch?: (() => void) | undefined;
  /** One takes part no longer, or it was deleted or put away. */
  readonly onLeft?: (() => void) | undefined;
}

/** A message with where it stands among its neighbours. */
export interface MessageProps {
  readonly item: MessageItem;
  readonly handle: ConversationHandle;
  /** Whether it follows a message of the same person closely. */
  readonly follows: boolean;
  /** Whether another message of the same person follows closely. */
  readonly isFollowed: boolean;
  /** Whether it was just jumped to. */
  readonly isFound: boolean;
  /** Whether names are shown: there are more than two people. */
  readonly isGroup: boolean;
}

/** A part of a message. */
export interface MessagePartProps {
  readonly message: ShownMessage;
}

/** The files of a message. */
export interface AttachmentsProps extends MessagePartProps {
  readonly isMine: boolean;
}

/** The message that another one answers. */
export interface ReplyQuoteProps {
  readonly handle: ConversationHandle;
  readonly replyTo: string;
}

/** The reactions below a message. */
export interface ReactionsProps {
  readonly reactions: readonly Reaction[];
  readonly onToggle: (emoji: string, on: boolean) => void;
}

/** A line between days. */
export interface DaySeparatorProps {
  /** A time of the day that begins. RFC 3339. */
  readonly at: string;
}

/** The input below the messages. */
export interface ComposerProps {
  readonly conversationId: ConversationId;
}

/** Who types, below the messages. */
export interface TypingProps {
  readonly conversationId: ConversationId;
}

/** What is shown where there is nothing. */
export interface EmptyStateProps {
  readonly title: string;
  readonly hint?: string | undefined;
}

/** Everything that can be replaced. Give the same component each time: another one is mounted anew. */
export interface ChatSlots {
  readonly Avatar: ComponentType<AvatarProps>;
  readonly ConversationRow: ComponentType<ConversationRowProps>;
  readonly Header: ComponentType<HeaderProps>;
  readonly Message: ComponentType<MessageProps>;
  readonly MessageText: ComponentType<MessagePartProps>;
  readonly Attachments: ComponentType<AttachmentsProps>;
  readonly ReplyQuote: ComponentType<ReplyQuoteProps>;
  readonly Reactions: ComponentType<ReactionsProps>;
  readonly DaySeparator: ComponentType<DaySeparatorProps>;
  readonly UnreadSeparator: ComponentType;
  readonly Composer: ComponentType<ComposerProps>;
  readonly Typing: ComponentType<TypingProps>;
  readonly EmptyState: ComponentType<EmptyStateProps>;
}
