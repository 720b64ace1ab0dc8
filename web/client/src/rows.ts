/** Conversations as rows: one copy of each, whoever shows it. */
import type { EventFrame } from './frames.js';
import { withLater } from './lazy.js';
import type { Rest } from './rest.js';
import { createStore, type WritableStore } from './store.js';
import { Timers } from './timers.js';
import type { Conversation, ConversationId, UserId } from './wire.js';

const RELOAD_AFTER_MS = 300;

/** Rows, by conversation. */
export type Rows = ReturnType<typeof createRows>;

/** None is there to begin with. */
export function createRows(
  rest: Rest,
  me: () => UserId | null,
  log: (message: string, cause?: unknown) => void,
) {
  const rows = new Map<ConversationId, WritableStore<Conversation | null>>();
  const loads = new Map<ConversationId, Promise<Conversation>>();
  const listeners = new Set<(id: ConversationId) => void>();
  const timers = new Timers<ConversationId>();

  const store = (id: ConversationId): WritableStore<Conversation | null> => {
    let row = rows.get(id);
    if (!row) rows.set(id, (row = createStore<Conversation | null>(null)));
    return row;
  };

  const get = (id: ConversationId): Conversation | null => rows.get(id)?.get() ?? null;

  /** Every row that is there. */
  const all = (): Conversation[] => [...rows.values()].map((store) => store.get()).filter((row) => row !== null);

  const put = (row: Conversation): void => {
    store(row.id).set(row);
    for (const listener of listeners) listener(row.id);
  };

  const patch = (id: ConversationId, fields: Partial<Conversation>): void => {
    const row = get(id);
    if (row) put({ ...row, ...fields });
  };

  const remove = (id: ConversationId): void => {
    rows.get(id)?.set(null);
    for (const listener of listeners) listener(id);
  };

  const onChange = (listener: (id: ConversationId) => void): () => void => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };

  /** As the server has it now. */
  const load = (id: ConversationId): Promise<Conversation> => {
    let loading = loads.get(id);
    if (!loading) {
      loading = rest
        .call('get', '/api/chat/conversations/{id}/', { path: { id } })
        .then((row) => (put(row), row))
        .finally(() => loads.delete(id));
      loads.set(id, loading);
    }
    return loading;
  };

  /** Soon, and once for all that asks meanwhile. */
  const reload = (id: ConversationId): void => {
    timers.set(id, RELOAD_AFTER_MS, () => {
      load(id).catch((cause: unknown) => log('A conversation was not loaded.', cause));
    });
  };

  const close = (): void => {
    timers.clearAll();
  };

  /** What an event says of a row. Rows that are behind it are loaded instead. */
  const apply = (event: EventFrame): void => {
    const { conversation_id: id, seq } = event;
    const row = get(id);
    if (event.type === 'participant_removed' && event.user_id === me()) return remove(id);
    if (!row) return reload(id);
    if (seq <= row.last_seq) return;
    if (seq > row.last_seq + 1) reload(id);
    if (event.type === 'message_received') {
      return put({ ...row, last_seq: seq, last_message: event.message, updated_at: event.message.created_at });
    }
    put({ ...row, last_seq: seq });
    withLater(
      ({ rowAfter }) => {
        const now = get(id);
        if (now) put(rowAfter(now, event, me()));
      },
      () => reload(id),
    );
  };
  return { store, get, all, put, patch, remove, onChange, load, reload, close, apply };
}
