/** What events do to messages. Nothing here keeps anything. */
import type { EventFrame } from '../frames.js';
import type { Message, MessageId, Reaction, UserId } from '../wire.js';

/** An event about one message that is there already. */
export type ChangeOfMessage = Extract<EventFrame, { message_seq: number }>;

/** Which message it is about. */
export function subjectOf(event: ChangeOfMessage): MessageId {
  return event.type === 'message_edited' ? event.message.id : event.message_id;
}

/** The message after the event. */
export function changed(message: Message, event: ChangeOfMessage, me: UserId | null): Message {
  if (message.deleted_at !== null) return message;
  switch (event.type) {
    case 'message_edited':
      return { ...event.message, reactions: withMine(event.message.reactions, message.reactions) };
    case 'message_deleted':
      return { ...message, content: '', attachments: [], reactions: [], deleted_at: event.deleted_at };
    default:
      return { ...message, reactions: reacted(message.reactions, event.emoji, event.type === 'reaction_added', event.user_id === me) };
  }
}

/** Reactions with one more, or one less, of an emoji. One's own counts once. */
export function reacted(reactions: readonly Reaction[], emoji: string, isAdded: boolean, isMine: boolean): Reaction[] {
  const row = reactions.find((one) => one.emoji === emoji);
  if (isMine && (row?.me ?? false) === isAdded) return [...reactions];
  if (!row) return isAdded ? [...reactions, { emoji, count: 1, me: isMine }] : [...reactions];
  const next = { emoji, count: row.count + (isAdded ? 1 : -1), me: isMine ? isAdded : row.me };
  return reactions.map((one) => (one === row ? next : one)).filter((one) => one.count > 0);
}

/** Events have counts that are the same for everybody: which are one's own stays as it was. */
function withMine(counts: readonly Reaction[], known: readonly Reaction[]): Reaction[] {
  return counts.map((row) => ({ ...row, me: known.some((one) => one.emoji === row.emoji && one.me) }));
}
