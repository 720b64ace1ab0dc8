/** A client without a server: what pages look like, and what they do, can be tried with it. */

import { ChatError, createStore } from '@workconnect/chat-client';
import type {
  Attachment, ChatClient, ConnectionStatus, Conversation, ConversationQuery, FoundMessage, Message, OwnPresence, PresenceRow, UnreadTotals, Upload, UploadState, UserId,
  WritableStore,
} from '@workconnect/chat-client';
import { createFakeConversation } from './fakeConversation.js';
import type { FakeConversation, FakeConversationOptions } from './fakeConversation.js';
import { createFakePaginator } from './fakePaginator.js';
import type { FakePaginator } from './fakePaginator.js';
import { makeConversation, makeId, makeItem, makeParticipant } from './make.js';

/** What there is at the beginning. */
export interface FakeClientOptions {
  readonly userId?: number;
  readonly conversations?: readonly Conversation[];
  readonly messages?: readonly Message[];
  readonly presence?: readonly PresenceRow[];
  readonly sending?: FakeConversationOptions['sending'];
  /** Awaited before each page of a history. */
  readonly settle?: () => Promise<void>;
  /** The bytes of attachments. */
  readonly download?: (attachment: Attachment) => Promise<Blob>;
}

/** A client, and what a server would do to it. */
export interface FakeClient extends ChatClient {
  readonly status: WritableStore<ConnectionStatus>;
  readonly unread: WritableStore<UnreadTotals>;
  readonly conversation: (id: string) => FakeConversation;
  readonly setPresence: (row: PresenceRow) => void;
  /** Calls of `connect`, `disconnect` and `close`, in order. */
  readonly lifecycle: readonly string[];
}

const CONNECTED: ConnectionStatus = { state: 'connected', isLost: false, code: null, reason: null, attempt: 0, retryInMs: null, retryAt: null };

/** Makes a client in memory, connected from the beginning. */
export function createFakeClient(options: FakeClientOptions = {}): FakeClient {
  const { userId = 1, messages = [], sending = 'stored', settle = () => Promise.resolve() } = options;
  const rows = new Map((options.conversations ?? []).map((row) => [row.id, row]));
  const handles = new Map<string, FakeConversation>();
  const lists = new Map<string, FakePaginator<Conversation>>();
  const status = createStore(CONNECTED);
  const unread = createStore<UnreadTotals>(totals([...rows.values()]));
  const presence = new Map<UserId, WritableStore<PresenceRow | null>>();
  const everybody = createStore<ReadonlyMap<UserId, PresenceRow>>(new Map());
  const own = createStore<OwnPresence | null>(null);
  const lifecycle: string[] = [];
  const listeners = new Map<string, Set<(frame: never) => void>>();
  const rowChanged = (row: Conversation) => {
    rows.set(row.id, row);
    unread.set(totals([...rows.values()]));
    for (const list of lists.values()) list.refresh();
  };
  const conversation = (id: string): FakeConversation => {
    const known = handles.get(id);
    if (known) return known;
    const items = messages.filter((message) => message.conversation_id === id).map((message) => makeItem(message, userId));
    const made = createFakeConversation({ conversation: rows.get(id) ?? makeConversation(0, { id }), messages: items, userId, sending, settle, onChange: rowChanged });
    handles.set(id, made);
    return made;
  };
  const person = (id: UserId) => {
    const store = presence.get(id) ?? createStore<PresenceRow | null>(null);
    presence.set(id, store);
    return store;
  };
  const setPresence = (row: PresenceRow) => {
    person(row.user_id).set(row);
    everybody.set(new Map(everybody.get()).set(row.user_id, row));
  };
  options.presence?.forEach(setPresence);
  const setOwn = (next: OwnPresence) => {
    own.set(next);
    return Promise.resolve(next);
  };
  return {
    status,
    unread,
    userId: createStore<UserId | null>(userId),
    lifecycle,
    conversation,
    setPresence,
    conversations: {
      list(query = {}) {
        const key = JSON.stringify(query);
        const list = lists.get(key) ?? createFakePaginator(() => matching([...rows.values()], query));
        lists.set(key, list);
        return list;
      },
      create: (request) => {
        const people = [userId, ...request.participant_ids].map((id) => makeParticipant(id, `Person ${id}`));
        const made = makeConversation(rows.size + 1, { participants: people, title: request.title ?? null });
        rowChanged(made);
        return Promise.resolve(made);
      },
      get: (id) => {
        const row = rows.get(id);
        return row ? Promise.resolve(row) : Promise.reject(new ChatError('not_found', 'Not found.'));
      },
    },
    presence: {
      of: person,
      all: everybody,
      own,
      loadOwn: () => setOwn({ user_id: userId, is_online: true, last_seen: null, status: 'online' }),
      set: (chosen) => setOwn({ user_id: userId, is_online: chosen !== 'invisible', last_seen: null, status: chosen }),
    },
    blocks: { ...createFakePaginator(() => []), block: () => Promise.resolve(), unblock: () => Promise.resolve() },
    files: {
      upload: (file, { name } = {}) => fakeUpload(file, name ?? (file instanceof File ? file.name : 'file')),
      download: (attachment) => options.download?.(attachment) ?? Promise.resolve(new Blob(['bytes'], { type: attachment.content_type })),
    },
    search: ({ text }) => createFakePaginator(() => messages.filter((message) => message.content.includes(text)).map((message): FoundMessage => ({ ...message, highlight: message.content }))),
    me: () => Promise.resolve({ id: userId, username: 'clara', name: 'Clara Client', role: 'client', avatar_url: null }),
    connect() {
      lifecycle.push('connect');
      return Promise.resolve({ userId });
    },
    disconnect: () => void lifecycle.push('disconnect'),
    reconnectNow: () => void lifecycle.push('reconnectNow'),
    close() {
      lifecycle.push('close');
      return Promise.resolve();
    },
    on(type, listener) {
      const set = listeners.get(type) ?? new Set();
      listeners.set(type, set.add(listener));
      return () => void set.delete(listener);
    },
    titleOf: (row) => row.title ?? (row.participants.filter(({ id }) => id !== userId).map(({ name }) => name).join(', ') || 'Me'),
  };
}

function matching(rows: readonly Conversation[], query: ConversationQuery): Conversation[] {
  const search = query.search?.toLowerCase();
  return rows
    .filter((row) => query.archived === undefined || row.archived === query.archived)
    .filter((row) => query.unread === undefined || row.unread_count > 0 === query.unread)
    .filter((row) => !search || [row.title ?? '', ...row.participants.map(({ name }) => name)].some((text) => text.toLowerCase().includes(search)))
    .sort((a, b) => b.updated_at.localeCompare(a.updated_at));
}

function totals(rows: readonly Conversation[]): UnreadTotals {
  const counted = rows.filter((row) => row.unread_count > 0);
  return {
    total: counted.filter((row) => !row.muted).reduce((sum, row) => sum + row.unread_count, 0),
    byConversation: new Map(counted.map((row) => [row.id, row.unread_count])),
  };
}

function fakeUpload(file: Blob, name: string): Upload {
  const attachment: Attachment = {
    id: makeId(2_000_000), name, content_type: file.type || 'application/octet-stream', size: file.size, sha256: '', kind: file.type.startsWith('image/') ? 'image' : 'file',
    width: null, height: null, duration_ms: null, waveform: null, url: '', thumbnail_url: null, created_at: new Date().toISOString(),
  };
  const store = createStore<UploadState>({ phase: 'done', sentBytes: file.size, totalBytes: file.size, progress: 1, attachment, error: null });
  return { get: store.get, subscribe: store.subscribe, file, name, attachment: Promise.resolve(attachment), cancel: () => store.patch({ phase: 'cancelled' }) };
}
