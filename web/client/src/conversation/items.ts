/** Rows of a message list, from what is stored and what is not yet. */
import type { Delivery, MessageItem, ShownMessage, StoredMessage } from '../api/messages.js';
import type { OutboxEntry } from '../api/storage.js';
import { ChatError } from '../errors.js';
import type { Message, MessageType, Sender, UserId } from '../wire.js';

/** A message that has its place, but whose event has not come. */
export interface Echo {
  readonly entry: OutboxEntry;
  readonly as: StoredMessage;
}

/** What rows are made of. */
export interface Parts {
  readonly me: UserId | null;
  /** How others see the person. */
  readonly sender: Sender | null;
  readonly messages: readonly Message[];
  readonly echoes: readonly Echo[];
  readonly entries: readonly OutboxEntry[];
  readonly isOnItsWay: (entry: OutboxEntry) => boolean;
  readonly readersOf: (message: Message) => readonly UserId[];
}

const NOBODY: readonly UserId[] = [];

/** Composes rows; a row that is as it was stays the same object. */
export class Items {
  #rows = new Map<string, MessageItem>();
  /** Errors by entry, so that they stay the same objects. */
  readonly #errors = new WeakMap<OutboxEntry, ChatError>();

  compose(parts: Parts): MessageItem[] {
    const { me, messages, echoes, entries } = parts;
    const mine = new Set(messages.filter((one) => one.sender?.id === me && one.client_id !== null).map((one) => one.client_id));
    const rows = [
      ...messages.map((message) => this.#stored(message, parts)),
      ...echoes.filter(({ entry }) => !mine.has(entry.clientId)).map(({ entry, as }) => row(shown(entry, parts.sender, as), true, 'sent', NOBODY, null)),
      ...entries.filter((entry) => !mine.has(entry.clientId)).map((entry) => this.#pending(entry, parts)),
    ].map((next) => {
      const known = this.#rows.get(next.key);
      return known && isSame(known, next) ? known : next;
    });
    this.#rows = new Map(rows.map((one) => [one.key, one]));
    return rows;
  }

  #stored(message: Message, { me, readersOf }: Parts): MessageItem {
    const isMine = me !== null && message.sender?.id === me;
    const readBy = isMine ? readersOf(message) : NOBODY;
    return row(message, isMine, readBy.length > 0 ? 'read' : 'sent', readBy, null);
  }

  #pending(entry: OutboxEntry, { sender, isOnItsWay }: Parts): MessageItem {
    if (entry.refusal === null) return row(shown(entry, sender, null), true, isOnItsWay(entry) ? 'sending' : 'queued', NOBODY, null);
    let error = this.#errors.get(entry);
    if (!error) this.#errors.set(entry, (error = new ChatError(entry.refusal.code, entry.refusal.detail)));
    return row(shown(entry, sender, null), true, 'failed', NOBODY, error);
  }
}

function row(message: ShownMessage, isMine: boolean, delivery: Delivery, readBy: readonly UserId[], error: ChatError | null): MessageItem {
  const key = isMine && message.client_id != null ? `own:${message.client_id}` : String(message.id);
  return { key, message, isMine, delivery, readBy, error };
}

const shownEntries = new WeakMap<OutboxEntry, ShownMessage>();

/** An entry as if it were stored. */
function shown(entry: OutboxEntry, sender: Sender | null, as: StoredMessage | null): ShownMessage {
  const known = as === null ? shownEntries.get(entry) : undefined;
  if (known && known.sender === sender) return known;
  const message: ShownMessage = {
    id: as?.id ?? null,
    conversation_id: entry.conversationId,
    seq: as?.seq ?? null,
    content: entry.content,
    message_type: entry.messageType,
    sender,
    attachments: [...entry.attachments],
    reply_to: entry.replyTo,
    reactions: [],
    client_id: entry.clientId,
    created_at: as?.createdAt ?? entry.createdAt,
    edited_at: null,
    deleted_at: null,
  };
  if (as === null) shownEntries.set(entry, message);
  return message;
}

function isSame(one: MessageItem, other: MessageItem): boolean {
  return (
    one.message === other.message &&
    one.delivery === other.delivery &&
    one.error === other.error &&
    one.readBy.length === other.readBy.length &&
    one.readBy.every((id, at) => id === other.readBy[at])
  );
}

/** What a message is called that says nothing of it. */
export function typeOf(kinds: readonly string[]): MessageType {
  if (kinds.length === 0) return 'text';
  return kinds.every((kind) => kind === 'image') ? 'image' : kinds.length === 1 && kinds[0] === 'voice' ? 'voice' : 'file';
}
