/* Generated from schemas/v1/server_frame.json: `npm run generate`. */

/**
 * What the server says to a socket.
 */
export type ServerFrame = (MessageReceived | ConversationCreated | ParticipantAdded | ParticipantRemoved | ParticipantChanged | ConversationUpdated | MessageEdited | MessageDeleted | ReactionAdded | ReactionRemoved | Ready | MessageSent | Authenticated | Error | Pong | Resumed | ResyncRequired | Heartbeat | TypingIndicator | MessagesRead | ConversationDeleted | UnreadChanged | PresenceSnapshot | UserStatusChange)
/**
 * A person: an integer that every JSON reader keeps exact.
 */
export type UserId = number
/**
 * What a sender calls a message, unique per sender and conversation.
 */
export type ClientId = string
/**
 * UTC with microseconds. Never used for order.
 */
export type Timestamp = string
/**
 * A message.
 */
export type MessageId = string
/**
 * A conversation.
 */
export type ConversationId = string
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
export type Seq = number

/**
 * A message was stored.
 */
export interface MessageReceived {
/**
 * Who caused it; null for the system.
 */
actor_id: (UserId | null)
/**
 * A conversation.
 */
conversation_id: string
message: Message
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
seq: number
type: "message_received"
}
/**
 * What was said.
 */
export interface Message {
/**
 * Files that came with it.
 */
attachments: Attachment[]
/**
 * The sender's own id for it.
 */
client_id: (ClientId | null)
/**
 * The text, as sent; empty when deleted.
 */
content: string
/**
 * A conversation.
 */
conversation_id: string
/**
 * When it was stored.
 */
created_at: string
/**
 * When it was deleted.
 */
deleted_at: (Timestamp | null)
/**
 * When the text was last changed.
 */
edited_at: (Timestamp | null)
/**
 * Its id.
 */
id: string
/**
 * What it is.
 */
message_type: ("text" | "image" | "file" | "voice" | "system")
/**
 * Reactions, one row a kind.
 */
reactions: Reaction[]
/**
 * The message that this answers.
 */
reply_to: (MessageId | null)
/**
 * Who said it; null for the system.
 */
sender: (Sender | null)
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
seq: number
}
/**
 * An uploaded file.
 */
export interface Attachment {
/**
 * What it is, found from its bytes.
 */
content_type: string
/**
 * When the upload began.
 */
created_at: string
/**
 * Of a recording.
 */
duration_ms: (number | null)
/**
 * Of a picture as it is shown, in pixels.
 */
height: (number | null)
/**
 * Its id.
 */
id: string
/**
 * What it is to people.
 */
kind: ("image" | "voice" | "file")
/**
 * What the uploader called it.
 */
name: string
/**
 * What its bytes hash to, in hex.
 */
sha256: string
/**
 * How long it is, in bytes.
 */
size: number
/**
 * Where a small picture of it is.
 */
thumbnail_url: (string | null)
/**
 * Where its bytes are.
 */
url: string
/**
 * Of a recording: how loud it is from its beginning to its end, each 0 to 100.
 */
waveform: (number[] | null)
/**
 * Of a picture as it is shown, in pixels.
 */
width: (number | null)
}
/**
 * One kind of reaction on a message.
 */
export interface Reaction {
/**
 * How many people.
 */
count: number
/**
 * The emoji.
 */
emoji: string
/**
 * Whether the caller is one of them.
 */
me: boolean
}
/**
 * Who said something.
 */
export interface Sender {
/**
 * A picture, http or https.
 */
avatar_url: (string | null)
/**
 * A person: an integer that every JSON reader keeps exact.
 */
id: number
/**
 * What others see.
 */
name: string
/**
 * The role on the platform.
 */
role: ("client" | "freelancer" | "admin" | "service")
}
/**
 * The conversation began; always seq 1.
 */
export interface ConversationCreated {
/**
 * Who caused it; null for the system.
 */
actor_id: (UserId | null)
conversation: LoggedConversation
/**
 * Where.
 */
conversation_id: string
/**
 * When it was stored.
 */
created_at: string
/**
 * Its position in the log.
 */
seq: number
type: "conversation_created"
}
/**
 * How it is after this.
 */
export interface LoggedConversation {
/**
 * When it was made.
 */
created_at: string
/**
 * Its id.
 */
id: string
/**
 * What it is about.
 */
job: (Job | null)
/**
 * What it is.
 */
kind: ("direct" | "group" | "job")
/**
 * Whatever the marketplace keeps with it.
 */
metadata: {
[k: string]: unknown
}
/**
 * How many there are.
 */
participant_count: number
/**
 * The first twenty, the longest-serving first.
 */
participants: LoggedParticipant[]
/**
 * What it is called.
 */
title: (string | null)
}
/**
 * The job that a conversation is about.
 */
export interface Job {
/**
 * The marketplace's id of it: a string or an integer, returned as given.
 */
id: (string | number)
/**
 * How it stands, in the marketplace's words.
 */
status: (string | null)
/**
 * What it is called.
 */
title: (string | null)
/**
 * Where it is shown; http or https.
 */
url: (string | null)
}
/**
 * A participant as of an event.
 */
export interface LoggedParticipant {
/**
 * A picture.
 */
avatar_url: (string | null)
/**
 * A person: an integer that every JSON reader keeps exact.
 */
id: number
/**
 * What others see.
 */
name: string
/**
 * The role in the conversation.
 */
role: ("owner" | "admin" | "member")
/**
 * The role on the platform.
 */
user_role: ("client" | "freelancer" | "admin" | "service")
}
/**
 * Somebody takes part now.
 */
export interface ParticipantAdded {
/**
 * Who caused it; null for the system.
 */
actor_id: (UserId | null)
/**
 * A conversation.
 */
conversation_id: string
/**
 * UTC with microseconds. Never used for order.
 */
created_at: string
participant: LoggedParticipant1
/**
 * As what.
 */
role: ("owner" | "admin" | "member")
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
seq: number
type: "participant_added"
/**
 * A person: an integer that every JSON reader keeps exact.
 */
user_id: number
}
/**
 * A participant as of an event.
 */
export interface LoggedParticipant1 {
/**
 * A picture.
 */
avatar_url: (string | null)
/**
 * A person: an integer that every JSON reader keeps exact.
 */
id: number
/**
 * What others see.
 */
name: string
/**
 * The role in the conversation.
 */
role: ("owner" | "admin" | "member")
/**
 * The role on the platform.
 */
user_role: ("client" | "freelancer" | "admin" | "service")
}
/**
 * Somebody takes part no longer.
 */
export interface ParticipantRemoved {
/**
 * Who caused it; null for the system.
 */
actor_id: (UserId | null)
/**
 * A conversation.
 */
conversation_id: string
/**
 * UTC with microseconds. Never used for order.
 */
created_at: string
/**
 * The role after this; of somebody who is gone, the last one.
 */
role: ("owner" | "admin" | "member")
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
seq: number
type: "participant_removed"
/**
 * A person: an integer that every JSON reader keeps exact.
 */
user_id: number
}
/**
 * Somebody has another role.
 */
export interface ParticipantChanged {
/**
 * Who caused it; null for the system.
 */
actor_id: (UserId | null)
/**
 * A conversation.
 */
conversation_id: string
/**
 * UTC with microseconds. Never used for order.
 */
created_at: string
/**
 * The role after this; of somebody who is gone, the last one.
 */
role: ("owner" | "admin" | "member")
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
seq: number
type: "participant_changed"
/**
 * A person: an integer that every JSON reader keeps exact.
 */
user_id: number
}
/**
 * Title, job or metadata are others.
 */
export interface ConversationUpdated {
/**
 * Who caused it; null for the system.
 */
actor_id: (UserId | null)
conversation: LoggedConversation1
/**
 * Where.
 */
conversation_id: string
/**
 * When it was stored.
 */
created_at: string
/**
 * Its position in the log.
 */
seq: number
type: "conversation_updated"
}
/**
 * How it is after this.
 */
export interface LoggedConversation1 {
/**
 * When it was made.
 */
created_at: string
/**
 * Its id.
 */
id: string
/**
 * What it is about.
 */
job: (Job | null)
/**
 * What it is.
 */
kind: ("direct" | "group" | "job")
/**
 * Whatever the marketplace keeps with it.
 */
metadata: {
[k: string]: unknown
}
/**
 * How many there are.
 */
participant_count: number
/**
 * The first twenty, the longest-serving first.
 */
participants: LoggedParticipant[]
/**
 * What it is called.
 */
title: (string | null)
}
/**
 * The text of a message is another.
 */
export interface MessageEdited {
/**
 * Who caused it; null for the system.
 */
actor_id: (UserId | null)
/**
 * A conversation.
 */
conversation_id: string
/**
 * UTC with microseconds. Never used for order.
 */
created_at: string
message: Message1
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
message_seq: number
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
seq: number
type: "message_edited"
}
/**
 * How it is after this; without content once it is deleted.
 */
export interface Message1 {
/**
 * Files that came with it.
 */
attachments: Attachment[]
/**
 * The sender's own id for it.
 */
client_id: (ClientId | null)
/**
 * The text, as sent; empty when deleted.
 */
content: string
/**
 * A conversation.
 */
conversation_id: string
/**
 * When it was stored.
 */
created_at: string
/**
 * When it was deleted.
 */
deleted_at: (Timestamp | null)
/**
 * When the text was last changed.
 */
edited_at: (Timestamp | null)
/**
 * Its id.
 */
id: string
/**
 * What it is.
 */
message_type: ("text" | "image" | "file" | "voice" | "system")
/**
 * Reactions, one row a kind.
 */
reactions: Reaction[]
/**
 * The message that this answers.
 */
reply_to: (MessageId | null)
/**
 * Who said it; null for the system.
 */
sender: (Sender | null)
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
seq: number
}
/**
 * A message is deleted for all.
 */
export interface MessageDeleted {
/**
 * Who caused it; null for the system.
 */
actor_id: (UserId | null)
/**
 * A conversation.
 */
conversation_id: string
/**
 * UTC with microseconds. Never used for order.
 */
created_at: string
/**
 * UTC with microseconds. Never used for order.
 */
deleted_at: string
/**
 * A message.
 */
message_id: string
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
message_seq: number
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
seq: number
type: "message_deleted"
}
/**
 * Somebody put a reaction on a message.
 */
export interface ReactionAdded {
/**
 * Who caused it; null for the system.
 */
actor_id: (UserId | null)
/**
 * A conversation.
 */
conversation_id: string
/**
 * UTC with microseconds. Never used for order.
 */
created_at: string
/**
 * The emoji.
 */
emoji: string
/**
 * A message.
 */
message_id: string
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
message_seq: number
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
seq: number
type: "reaction_added"
/**
 * A person: an integer that every JSON reader keeps exact.
 */
user_id: number
}
/**
 * Somebody took a reaction back.
 */
export interface ReactionRemoved {
/**
 * Who caused it; null for the system.
 */
actor_id: (UserId | null)
/**
 * A conversation.
 */
conversation_id: string
/**
 * UTC with microseconds. Never used for order.
 */
created_at: string
/**
 * The emoji.
 */
emoji: string
/**
 * A message.
 */
message_id: string
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
message_seq: number
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
seq: number
type: "reaction_removed"
/**
 * A person: an integer that every JSON reader keeps exact.
 */
user_id: number
}
/**
 * The first frame.
 */
export interface Ready {
/**
 * On `/ws/chat/{id}/`: where.
 */
conversation_id?: (ConversationId | null)
/**
 * How often `heartbeat` comes.
 */
heartbeat_seconds: number
/**
 * On `/ws/chat/{id}/`: the head; what comes after it comes live.
 */
last_seq?: (Seq | null)
/**
 * Which life of the log positions belong to.
 */
log_epoch: number
type: "ready"
/**
 * A person: an integer that every JSON reader keeps exact.
 */
user_id: number
}
/**
 * The sender's message is committed.
 */
export interface MessageSent {
/**
 * The sender's own id for it, if one was given.
 */
client_id: (ClientId | null)
/**
 * A conversation.
 */
conversation_id: string
/**
 * UTC with microseconds. Never used for order.
 */
created_at: string
/**
 * A message.
 */
id: string
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
seq: number
type: "message_sent"
}
/**
 * A fresh token was taken.
 */
export interface Authenticated {
/**
 * Until when it is good.
 */
expires_at: string
type: "authenticated"
}
/**
 * Something was refused; the socket stays open.
 */
export interface Error {
/**
 * Which message it was about.
 */
client_id?: (string | null)
/**
 * The code.
 */
code: ("not_authenticated" | "permission_denied" | "blocked" | "not_found" | "invalid" | "conflict" | "too_large" | "unsupported_media_type" | "rate_limited" | "unavailable" | "method_not_allowed")
/**
 * Where.
 */
conversation_id?: (ConversationId | null)
/**
 * What happened.
 */
detail: string
/**
 * Which fields were wrong.
 */
errors?: {
[k: string]: string[]
}
/**
 * When to come back with the same, in milliseconds: where it was too much, too fast.
 */
retry_after_ms?: (number | null)
type: "error"
}
/**
 * The answer to `ping`.
 */
export interface Pong {
type: "pong"
}
/**
 * Everything that was missing has been sent; from here on it goes on live.
 */
export interface Resumed {
/**
 * A conversation.
 */
conversation_id: string
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
last_seq: number
/**
 * Which life of the log positions belong to.
 */
log_epoch: number
/**
 * Whether the rest of the read state follows in another such frame.
 */
more?: boolean
/**
 * How far each person has read.
 */
read_state: ReadState[]
type: "resumed"
}
/**
 * How far one person has read.
 */
export interface ReadState {
/**
 * Positions of others' messages that were read after a gap, ascending.
 */
beyond: Seq[]
/**
 * When the person last read; none before the first time.
 */
read_at: (Timestamp | null)
/**
 * A person: an integer that every JSON reader keeps exact.
 */
reader_id: number
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
up_to_seq: number
}
/**
 * What was asked for cannot be brought: reload this conversation over REST.
 */
export interface ResyncRequired {
/**
 * A conversation.
 */
conversation_id: string
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
last_seq: number
/**
 * Which life of the log positions belong to.
 */
log_epoch: number
type: "resync_required"
}
/**
 * The server is there; where the log is.
 */
export interface Heartbeat {
/**
 * On `/ws/chat/{id}/`: where.
 */
conversation_id?: (ConversationId | null)
/**
 * On `/ws/`: the heads, all of them right after `ready`, then of what changed.
 */
heads?: ({
[k: string]: Seq
} | null)
/**
 * On `/ws/chat/{id}/`: the head.
 */
last_seq?: (Seq | null)
/**
 * Whether more heads follow at once.
 */
more?: boolean
type: "heartbeat"
}
/**
 * Somebody types, or has stopped.
 */
export interface TypingIndicator {
/**
 * A conversation.
 */
conversation_id: string
/**
 * Whether they type.
 */
is_typing: boolean
type: "typing_indicator"
/**
 * A person: an integer that every JSON reader keeps exact.
 */
user_id: number
/**
 * What others see.
 */
user_name: string
}
/**
 * Somebody has read.
 */
export interface MessagesRead {
/**
 * A conversation.
 */
conversation_id: string
/**
 * What was not read before, oldest first: the newest 500 of it.
 */
message_ids: MessageId[]
/**
 * UTC with microseconds. Never used for order.
 */
read_at: string
/**
 * A person: an integer that every JSON reader keeps exact.
 */
reader_id: number
type: "messages_read"
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
up_to_seq: number
}
/**
 * The conversation is deleted for all; nothing comes after this.
 */
export interface ConversationDeleted {
/**
 * Who did it.
 */
actor_id: (UserId | null)
/**
 * Which.
 */
conversation_id: string
/**
 * When.
 */
deleted_at: string
type: "conversation_deleted"
}
/**
 * On `/ws/`: how much of a conversation is unread, and of all that are not muted.
 */
export interface UnreadChanged {
/**
 * A conversation.
 */
conversation_id: string
/**
 * The sum over the conversations that are not muted.
 */
total: number
type: "unread_changed"
/**
 * How many messages, at most 1,000.
 */
unread_count: number
}
/**
 * Everybody whom the caller may see, and how they are: the first frame about presence.
 */
export interface PresenceSnapshot {
/**
 * Whether another part follows.
 */
more?: boolean
type: "presence_snapshot"
/**
 * At most [`MAX_SNAPSHOT_ROWS`].
 */
users: PresenceRow[]
}
/**
 * What is shown of one person.
 */
export interface PresenceRow {
/**
 * Whether the person is here.
 */
is_online: boolean
/**
 * When the person was last here; null for who is here now, and for who never was.
 */
last_seen: (Timestamp | null)
/**
 * The same in more detail.
 */
status: ("online" | "away" | "offline")
/**
 * A person: an integer that every JSON reader keeps exact.
 */
user_id: number
}
/**
 * How somebody is now.
 */
export interface UserStatusChange {
/**
 * Whether the person is here.
 */
is_online: boolean
/**
 * When the person was last here; null for who is here now, and for who never was.
 */
last_seen: (Timestamp | null)
/**
 * The same in more detail.
 */
status: ("online" | "away" | "offline")
type: "user_status_change"
/**
 * A person: an integer that every JSON reader keeps exact.
 */
user_id: number
}
