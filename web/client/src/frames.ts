/** The frames of `/ws/` (docs/protocol.md, "WebSocket"), in both directions. */
import type {
  Conversation,
  ConversationId,
  ConversationRole,
  ErrorCode,
  Message,
  MessageId,
  MessageType,
  Participant,
  PresenceStatus,
  Seq,
  Timestamp,
  UserId,
} from './wire.js';

/** A participant in an event: without presence. */
export type EventParticipant = Omit<Participant, 'is_online' | 'last_seen'>;

/** What events say of a conversation. */
export type EventConversation = Pick<Conversation, 'id' | 'kind' | 'title' | 'job' | 'metadata' | 'created_at' | 'participant_count'> & {
  participants: EventParticipant[];
};

/** How far one person has read: all up to `up_to_seq`, and after a gap the positions in `beyond`. */
export interface ReadState {
  reader_id: UserId;
  up_to_seq: Seq;
  beyond: Seq[];
  read_at: Timestamp | null;
}

interface Durable<T extends string> {
  type: T;
  conversation_id: ConversationId;
  seq: Seq;
  actor_id: UserId | null;
}

interface OnMessage<T extends string> extends Durable<T> {
  created_at: Timestamp;
  message_seq: Seq;
  message_id: MessageId;
}

interface OnParticipant<T extends string> extends Durable<T> {
  created_at: Timestamp;
  user_id: UserId;
  role: ConversationRole;
}

/** Durable events: each has a `seq`, one more than the one before. */
export type EventFrame =
  | (Durable<'message_received'> & { message: Message })
  | (Durable<'conversation_created'> & { created_at: Timestamp; conversation: EventConversation })
  | (Durable<'conversation_updated'> & { created_at: Timestamp; conversation: EventConversation })
  | (OnParticipant<'participant_added'> & { participant: EventParticipant })
  | OnParticipant<'participant_changed'>
  | OnParticipant<'participant_removed'>
  | (Durable<'message_edited'> & { created_at: Timestamp; message_seq: Seq; message: Message })
  | (OnMessage<'message_deleted'> & { deleted_at: Timestamp })
  | (OnMessage<'reaction_added'> & { emoji: string; user_id: UserId })
  | (OnMessage<'reaction_removed'> & { emoji: string; user_id: UserId });

/** What comes live alone, or to this socket alone. */
export type SessionFrame =
  | { type: 'ready'; user_id: UserId; conversation_id?: ConversationId; last_seq?: Seq; log_epoch: number; heartbeat_seconds: number }
  | { type: 'message_sent'; conversation_id: ConversationId; client_id: string | null; id: MessageId; seq: Seq; created_at: Timestamp }
  | { type: 'authenticated'; expires_at: Timestamp }
  | ErrorFrame
  | { type: 'pong' }
  | { type: 'resumed'; conversation_id: ConversationId; last_seq: Seq; log_epoch: number; read_state: ReadState[]; more?: boolean }
  | { type: 'resync_required'; conversation_id: ConversationId; last_seq: Seq; log_epoch: number }
  | { type: 'heartbeat'; conversation_id?: ConversationId; last_seq?: Seq; heads?: Record<ConversationId, Seq>; more?: boolean }
  | { type: 'typing_indicator'; conversation_id: ConversationId; user_id: UserId; user_name: string; is_typing: boolean }
  | { type: 'messages_read'; conversation_id: ConversationId; message_ids: MessageId[]; up_to_seq: Seq; reader_id: UserId; read_at: Timestamp }
  | { type: 'conversation_deleted'; conversation_id: ConversationId; actor_id: UserId | null; deleted_at: Timestamp }
  | { type: 'unread_changed'; conversation_id: ConversationId; unread_count: number; total: number }
  | { type: 'presence_snapshot'; users: PresenceFrameRow[]; more?: boolean }
  | ({ type: 'user_status_change' } & PresenceFrameRow);

/** Something was refused; the socket stays open. */
export interface ErrorFrame {
  type: 'error';
  conversation_id?: ConversationId;
  code: ErrorCode;
  detail: string;
  client_id?: string;
  errors?: Record<string, string[]>;
  retry_after_ms?: number;
}

/** One person's presence. */
export interface PresenceFrameRow {
  user_id: UserId;
  is_online: boolean;
  last_seen: Timestamp | null;
  status: PresenceStatus;
}

/** Everything that the server says on a socket. */
export type ServerFrame = EventFrame | SessionFrame;

/** Everything that a client says on a socket. */
export type ClientFrame =
  | { type: 'send_message'; conversation_id: ConversationId; client_id: string; content: string; message_type?: MessageType; reply_to?: MessageId; attachment_ids?: string[] }
  | { type: 'mark_as_read'; conversation_id: ConversationId; message_ids?: MessageId[]; up_to?: Seq | MessageId }
  | { type: 'typing_start'; conversation_id: ConversationId }
  | { type: 'typing_stop'; conversation_id: ConversationId }
  | { type: 'resume'; positions: Record<ConversationId, Seq>; log_epoch?: number }
  | { type: 'authenticate'; token: string }
  | { type: 'ping' };
