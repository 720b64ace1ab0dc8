/** Conversations: the list, and one that is open. */
import type { ChatError } from '../errors.js';
import type {
  Conversation,
  ConversationChanges,
  ConversationId,
  ConversationRole,
  CreateConversationRequest,
  MessageId,
  Participant,
  Report,
  Seq,
  UserId,
} from '../wire.js';
import type { MessageWindow, OutgoingMessage, PendingMessage, ReadPosition } from './messages.js';
import type { Paginator, Store } from './store.js';

/** Which conversations to list; all of one's own by default, newest activity first. */
export interface ConversationQuery {
  readonly jobId?: string | number;
  readonly participant?: UserId;
  /** In titles and names. */
  readonly search?: string;
  readonly archived?: boolean;
  readonly unread?: boolean;
}

/** All conversations of the person. */
export interface Conversations {
  /** A list that keeps itself up to date: the same object for the same query. */
  list(query?: ConversationQuery): Paginator<Conversation>;
  /** Begins one, or brings the one that there is. */
  create(request: CreateConversationRequest): Promise<Conversation>;
  /** Brings one; from memory if it is known. */
  get(id: ConversationId): Promise<Conversation>;
}

/** Somebody who types. */
export interface TypingPerson {
  readonly userId: UserId;
  readonly name: string;
}

/** Typing, in one conversation. Who types here comes also while the conversation is not open. */
export interface Typing extends Store<readonly TypingPerson[]> {
  /** Call it at every key: it tells the others at most every 2 s, and that it ended after 3 s without one. */
  keystroke(): void;
  /** On blur, and when the text was cleared. Sending does it by itself. */
  stop(): void;
}

/** One conversation. The same object for the same id, as long as anybody holds it open. */
export interface ConversationHandle {
  readonly id: ConversationId;
  /** Its row; null until it has come. */
  readonly conversation: Store<Conversation | null>;
  /** Why it cannot be shown: `not_found` also when one was removed from it. */
  readonly error: Store<ChatError | null>;
  readonly messages: MessageWindow;
  readonly typing: Typing;
  /** How far everybody has read. */
  readonly readState: Store<readonly ReadPosition[]>;
  /** Everybody who takes part, in pages. */
  readonly participants: Paginator<Participant>;

  /** Loads it and keeps it up to date until the returned function is called. May be called often: it is counted. */
  open(): () => void;

  /** Shows it at once, keeps it on this device, and sends it until it is stored or refused. */
  send(message: OutgoingMessage): PendingMessage;
  /** Sends again what was refused. */
  retry(clientId: string): Promise<void>;
  /** Gives up what is queued or was refused. False if it may have reached the server already. */
  cancel(clientId: string): Promise<boolean>;
  /** Another text for one's own message. */
  edit(id: MessageId, content: string): Promise<void>;
  /** Deletes a message for all. */
  remove(id: MessageId): Promise<void>;
  /** Sets one's own reaction, or takes it back. Shown at once; taken back here when refused. */
  react(id: MessageId, emoji: string, on?: boolean): Promise<void>;
  /** Everything up to and with a position (by default all) is read. Calls close together become one. */
  markRead(upToSeq?: Seq): void;
  /** Reports a message to the moderators. */
  report(id: MessageId, reason: string): Promise<Report>;

  /** Title, job, metadata, muted, archived. */
  update(changes: ConversationChanges): Promise<Conversation>;
  mute(muted: boolean): Promise<void>;
  archive(archived: boolean): Promise<void>;
  /** A group is deleted for all, by its owner; anything else is put away for oneself. */
  delete(): Promise<void>;
  /** Takes part no longer. */
  leave(): Promise<void>;
  addParticipants(userIds: readonly UserId[], role?: 'member' | 'admin'): Promise<void>;
  removeParticipant(userId: UserId): Promise<void>;
  changeRole(userId: UserId, role: ConversationRole): Promise<void>;
}
