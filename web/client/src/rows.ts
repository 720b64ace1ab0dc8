/** Conversations as rows: one copy of each, whoever shows it. */
import type { EventFrame } from './frames.js';
import type { Rest } from './rest.js';
import { createStore, type WritableStore } from './store.js';
import { Timers } from './timers.js';
import type { Conversation, ConversationId, Participant, UserId } from './wire.js';

const RELOAD_AFTER_MS = 300;

export class Rows {
  readonly #rows = new Map<ConversationId, WritableStore<Conversation | null>>();
  readonly #loading = new Map<ConversationId, Promise<Conversation>>();
  readonly #listeners = new Set<(id: ConversationId) => void>();
  readonly #timers = new Timers<ConversationId>();

  constructor(
    private readonly rest: Rest,
    private readonly me: () => UserId | null,
    private readonly log: (message: string, cause?: unknown) => void,
  ) {}

  store(id: ConversationId): WritableStore<Conversation | null> {
    let store = this.#rows.get(id);
    if (!store) this.#rows.set(id, (store = createStore<Conversation | null>(null)));
    return store;
  }

  get(id: ConversationId): Conversation | null {
    return this.#rows.get(id)?.get() ?? null;
  }

  /** Every row that is there. */
  all(): Conversation[] {
    return [...this.#rows.values()].map((store) => store.get()).filter((row) => row !== null);
  }

  put(row: Conversation): void {
    this.store(row.id).set(row);
    for (const listener of this.#listeners) listener(row.id);
  }

  patch(id: ConversationId, fields: Partial<Conversation>): void {
    const row = this.get(id);
    if (row) this.put({ ...row, ...fields });
  }

  remove(id: ConversationId): void {
    this.#rows.get(id)?.set(null);
    for (const listener of this.#listeners) listener(id);
  }

  onChange(listener: (id: ConversationId) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** As the server has it now. */
  load(id: ConversationId): Promise<Conversation> {
    let loading = this.#loading.get(id);
    if (!loading) {
      loading = this.rest
        .call('get', '/api/chat/conversations/{id}/', { path: { id } })
        .then((row) => (this.put(row), row))
        .finally(() => this.#loading.delete(id));
      this.#loading.set(id, loading);
    }
    return loading;
  }

  /** Soon, and once for all that asks meanwhile. */
  reload(id: ConversationId): void {
    this.#timers.set(id, RELOAD_AFTER_MS, () => {
      this.load(id).catch((cause: unknown) => this.log('A conversation could not be loaded.', cause));
    });
  }

  close(): void {
    this.#timers.clearAll();
  }

  /** What an event says of a row. Rows that are behind it are loaded instead. */
  apply(event: EventFrame): void {
    const { conversation_id: id, seq } = event;
    const row = this.get(id);
    if (event.type === 'participant_removed' && event.user_id === this.me()) return this.remove(id);
    if (!row) return this.reload(id);
    if (seq <= row.last_seq) return;
    if (seq > row.last_seq + 1) this.reload(id);
    this.put({ ...row, last_seq: seq, ...this.#changes(row, event) });
  }

  #changes(row: Conversation, event: EventFrame): Partial<Conversation> {
    switch (event.type) {
      case 'message_received':
        return { last_message: event.message, updated_at: event.message.created_at };
      case 'message_edited':
        return row.last_message?.id === event.message.id ? { last_message: event.message } : {};
      case 'message_deleted': {
        const last = row.last_message;
        return last?.id === event.message_id ? { last_message: { ...last, content: '', attachments: [], reactions: [], deleted_at: event.deleted_at } } : {};
      }
      case 'conversation_updated': {
        const { title, job, metadata } = event.conversation;
        return { title, job, metadata };
      }
      case 'participant_added': {
        if (row.participants.some((one) => one.id === event.user_id)) return {};
        const newcomer: Participant = { ...event.participant, is_online: null, last_seen: null };
        return { participants: [...row.participants, newcomer].slice(0, 20), participant_count: row.participant_count + 1 };
      }
      case 'participant_removed':
        return { participants: row.participants.filter((one) => one.id !== event.user_id), participant_count: row.participant_count - 1 };
      case 'participant_changed':
        return { participants: row.participants.map((one) => (one.id === event.user_id ? { ...one, role: event.role } : one)) };
      default:
        return {};
    }
  }
}
