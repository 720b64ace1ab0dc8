/** Messages as a page shows them. */
import type { ChatError } from '../errors.js';
import type { Attachment, Message, MessageId, MessageType, Seq, Timestamp, UserId } from '../wire.js';
import type { Store } from './store.js';

/**
 * How far a message has come. `queued`: kept here until there is a connection. `sending`: on its way. `sent`: stored by the server; others' messages
 * are always this. `read`: at least one other person has read it. `failed`: refused; `retry` or `cancel`.
 */
export type Delivery = 'queued' | 'sending' | 'sent' | 'read' | 'failed';

/** A message as the wire has it; of one that is not stored yet `id` and `seq` are null. */
export type ShownMessage = Omit<Message, 'id' | 'seq'> & {
  readonly id: MessageId | null;
  readonly seq: Seq | null;
};

/** One row of a message list. The same object as long as nothing about it has changed. */
export interface MessageItem {
  /** Stays the same from the first echo on, for `key=`. */
  readonly key: string;
  readonly message: ShownMessage;
  readonly isMine: boolean;
  readonly delivery: Delivery;
  /** Who else has read it (own messages alone). */
  readonly readBy: readonly UserId[];
  /** Why it was refused. */
  readonly error: ChatError | null;
}

/** The part of the history that is held: without holes, in the order of `seq`, what is not stored yet at the end. */
export interface MessageWindowState {
  readonly items: readonly MessageItem[];
  /** Whether there is more before the first item. True before anything was loaded. */
  readonly hasOlder: boolean;
  /** Whether there is more after the last one; then new messages do not appear until `loadNewer` or `jumpToLatest` has closed the gap. */
  readonly hasNewer: boolean;
  /** The first load, or one after a jump. */
  readonly isLoading: boolean;
  readonly isLoadingOlder: boolean;
  readonly isLoadingNewer: boolean;
  readonly error: ChatError | null;
  /** What was last jumped to, to scroll there; a new object for each jump. */
  readonly target: { readonly id: MessageId; readonly seq: Seq } | null;
}

/** The window on a conversation's history. It holds a bounded number of messages and drops those at the far end. */
export interface MessageWindow extends Store<MessageWindowState> {
  /** One more page before the first item. Never rejects: see `error`. */
  loadOlder(): Promise<void>;
  /** One more page after the last item. */
  loadNewer(): Promise<void>;
  /** Shows the part around a message. Rejects if there is no such message. */
  jumpTo(target: MessageId | Seq): Promise<void>;
  /** Shows the newest part. */
  jumpToLatest(): Promise<void>;
  /** Say whether the reader is at the end. While not, and when the window is full, new messages are not appended (`hasNewer`). */
  follow(isAtEnd: boolean): void;
}

/** A message to send. */
export interface OutgoingMessage {
  /** May be blank beside attachments. */
  readonly content: string;
  /** Already uploaded, at most ten. */
  readonly attachments?: readonly Attachment[];
  /** A message of the same conversation. */
  readonly replyTo?: MessageId;
  /** By default what the attachments say, else `text`. */
  readonly messageType?: MessageType;
}

/** What the server says when it has stored a message. */
export interface StoredMessage {
  readonly id: MessageId;
  readonly seq: Seq;
  readonly createdAt: Timestamp;
}

/** A message that is not stored yet, or was refused. It is kept on this device until one or the other has ended. */
export interface PendingMessage {
  readonly clientId: string;
  /** Fulfilled when it is stored, rejected when it is refused or cancelled. Leave it alone if you like: nothing is reported as unhandled. */
  readonly stored: Promise<StoredMessage>;
}

/** How far one person has read. */
export interface ReadPosition {
  readonly userId: UserId;
  /** Everything up to and with it is read. */
  readonly upToSeq: Seq;
  readonly readAt: Timestamp | null;
}
