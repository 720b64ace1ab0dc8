/* Generated from schemas/v1/client_frame.json: `npm run generate`. */

/**
 * What a client says.
 */
export type ClientFrame = (SendMessage | MarkAsRead | TypingStart | TypingStop | Authenticate | Resume | Ping)
/**
 * An uploaded file.
 */
export type AttachmentId = string
/**
 * What a sender calls a message, unique per sender and conversation.
 */
export type ClientId = string
/**
 * A conversation.
 */
export type ConversationId = string
/**
 * What a message is.
 */
export type MessageType = ("text" | "image" | "file" | "voice" | "system")
/**
 * A message.
 */
export type MessageId = string
/**
 * A position in the log of a conversation: 1, 2, 3, … without holes.
 */
export type Seq = number

/**
 * Say something.
 */
export interface SendMessage {
/**
 * What was uploaded before.
 */
attachment_ids?: (AttachmentId[] | null)
/**
 * The sender's own id for it.
 */
client_id?: (ClientId | null)
/**
 * The text.
 */
content?: (string | null)
/**
 * On `/ws/`: which conversation. On `/ws/chat/{id}/` it may be left out.
 */
conversation_id?: (ConversationId | null)
/**
 * `text`, `image`, `file` or `voice`; of machines `system`.
 */
message_type?: (MessageType | null)
/**
 * The message that this answers.
 */
reply_to?: (MessageId | null)
type: "send_message"
}
/**
 * Mark messages as read; all, if none are named.
 */
export interface MarkAsRead {
/**
 * On `/ws/`: which conversation. On `/ws/chat/{id}/` it may be left out.
 */
conversation_id?: (ConversationId | null)
/**
 * Just these.
 */
message_ids?: (MessageId[] | null)
type: "mark_as_read"
/**
 * Everything up to and with this position or message.
 */
up_to?: (string | number | null)
}
/**
 * One has begun to type, or still does.
 */
export interface TypingStart {
/**
 * On `/ws/`: which conversation. On `/ws/chat/{id}/` it may be left out.
 */
conversation_id?: (ConversationId | null)
type: "typing_start"
}
/**
 * One has stopped typing.
 */
export interface TypingStop {
/**
 * On `/ws/`: which conversation. On `/ws/chat/{id}/` it may be left out.
 */
conversation_id?: (ConversationId | null)
type: "typing_stop"
}
/**
 * Prove who one is, or bring a fresh token.
 */
export interface Authenticate {
/**
 * A JWT.
 */
token: string
type: "authenticate"
}
/**
 * Ask for everything after a position.
 */
export interface Resume {
/**
 * On `/ws/chat/{id}/`: the last position that the client has.
 */
after_seq?: (Seq | null)
/**
 * The life of the log in which the client learned them.
 */
log_epoch?: (number | null)
/**
 * On `/ws/`: the last positions, by conversation.
 */
positions?: ({
[k: string]: Seq
} | null)
type: "resume"
}
/**
 * Ask for `pong`.
 */
export interface Ping {
type: "ping"
}
