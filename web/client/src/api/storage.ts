/** Where the outbox is kept. */
import type { Attachment, ConversationId, MessageId, MessageType, UserId } from '../wire.js';
import type { ChatErrorCode } from '../errors.js';

/** A message that is not stored yet, as it is kept. */
export interface OutboxEntry {
  /** Sorts by when it was written. */
  readonly clientId: string;
  readonly userId: UserId;
  readonly conversationId: ConversationId;
  readonly content: string;
  readonly messageType: MessageType;
  readonly replyTo: MessageId | null;
  readonly attachments: readonly Attachment[];
  /** RFC 3339, by this device's clock. */
  readonly createdAt: string;
  /** Whether it was ever on its way: then it may be stored already, and cannot be cancelled. */
  readonly attempted: boolean;
  /** Why it was refused; then it waits for the person. */
  readonly refusal: { readonly code: ChatErrorCode; readonly detail: string } | null;
}

/** A place for entries. Several tabs may share one. */
export interface OutboxStorage {
  /** Everything of one person. */
  load(userId: UserId): Promise<OutboxEntry[]>;
  /** Adds or replaces, by `clientId`. */
  put(entry: OutboxEntry): Promise<void>;
  /** Removing what is not there does no harm. */
  delete(clientId: string): Promise<void>;
  /** Whether what is put here is seen by other tabs. */
  readonly shared: boolean;
}
