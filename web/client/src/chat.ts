/** The client: one connection, and who is told what it says. */
import type { ChatClient, ChatClientOptions } from './api/client.js';
import type { ChatEventMap, ChatEventType, Session } from './api/connection.js';
import type { Paginator } from './api/store.js';
import type { SearchQuery } from './api/files.js';
import { liveBlocks } from './blocks.js';
import { Connection } from './connection.js';
import { Handle, type HandleContext } from './conversation/handle.js';
import { liveConversations, type LiveConversations } from './conversations.js';
import { files } from './files.js';
import type { ClientFrame, EventFrame, ServerFrame } from './frames.js';
import { createOutbox, type Outbox } from './outbox/outbox.js';
import { defaultStorage } from './outbox/storage.js';
import { paginate } from './pages.js';
import { livePresence, type LivePresence } from './presence.js';
import { later } from './lazy.js';
import { Rest } from './rest.js';
import { createRows, type Rows } from './rows.js';
import { webSocketTransport } from './socket.js';
import { createStore } from './store.js';
import { Tokens } from './token.js';
import { unreadCounts, type UnreadCounts } from './unread.js';
import type { Account, Conversation, ConversationId, FoundMessage, Seq, UserId } from './wire.js';

const MOST_POSITIONS = 1_000;

export class Client implements ChatClient {
  readonly status;
  readonly userId = createStore<UserId | null>(null);
  readonly unread;
  readonly conversations: LiveConversations;
  readonly presence: LivePresence;
  readonly blocks;
  readonly files;
  readonly #rest: Rest;
  readonly #tokens: Tokens;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #rows: Rows;
  readonly #unread: UnreadCounts;
  readonly #handles = new Map<ConversationId, Handle>();
  readonly #listeners = new Map<string, Set<(frame: never) => void>>();
  readonly #context: HandleContext;
  #wasReady = false;

  constructor(options: ChatClientOptions) {
    const log = options.logger ?? (() => undefined);
    const { socketUrl, apiUrl } = addresses(options);
    const me = (): UserId | null => this.userId.get();
    this.#tokens = new Tokens(options.getToken, (userId) => this.#know(userId));
    this.#rest = new Rest(apiUrl, this.#tokens, options.fetch ?? ((input, init) => fetch(input, init)));
    this.#connection = new Connection({
      url: socketUrl,
      transport: options.transport ?? webSocketTransport,
      tokens: this.#tokens,
      ticket: options.authentication === 'ticket' ? async () => (await this.#rest.call('post', '/api/auth/ticket/')).ticket : null,
      firstFrame: options.authentication === 'first_frame',
      minMs: options.reconnect?.minMs ?? 500,
      maxMs: options.reconnect?.maxMs ?? 20_000,
      onFrame: (frame) => this.#hear(frame),
      onDown: () => this.#down(),
    });
    const send = (frame: ClientFrame): boolean => this.#connection.send(frame);
    this.#outbox = createOutbox({
      storage: options.storage ?? defaultStorage(),
      send,
      log,
      onChange: (id, stored) => this.#handles.get(id)?.outboxChanged(stored),
    });
    this.#rows = createRows(this.#rest, me, log);
    this.#unread = unreadCounts(this.#rest, log);
    this.#context = {
      rest: this.#rest,
      rows: this.#rows,
      outbox: this.#outbox,
      me,
      send,
      pageSize: options.pageSize ?? 50,
      windowSize: options.windowSize ?? 600,
      onEvent: (event) => this.#emit(event),
    };
    this.status = this.#connection.status;
    this.unread = this.#unread.totals;
    this.conversations = liveConversations(this.#rest, this.#rows);
    this.presence = livePresence(this.#rest, me);
    this.blocks = liveBlocks(this.#rest);
    this.files = files(this.#rest, this.#tokens);
  }

  connect(): Promise<Session> {
    return this.#connection.start();
  }

  disconnect(): void {
    this.#connection.stop();
  }

  reconnectNow(): void {
    this.#connection.now();
  }

  async close(): Promise<void> {
    this.#connection.close();
    this.#outbox.close();
    this.#rows.close();
    this.#tokens.close();
    for (const handle of this.#handles.values()) handle.close();
  }

  conversation(id: ConversationId): Handle {
    let handle = this.#handles.get(id);
    if (!handle) this.#handles.set(id, (handle = new Handle(id, this.#context)));
    return handle;
  }

  search(query: SearchQuery): Paginator<FoundMessage> {
    return paginate<FoundMessage>(this.#rest, async () => (await later()).search(this.#rest, query));
  }

  me(): Promise<Account> {
    return this.#rest.call('get', '/api/auth/me/');
  }

  on<T extends ChatEventType>(type: T, listener: (frame: ChatEventMap[T]) => void): () => void {
    const own = (frame: ChatEventMap[T]): void => listener(frame);
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(own));
    return () => void listeners.delete(own);
  }

  titleOf(conversation: Conversation): string {
    const others = conversation.participants.filter((one) => one.id !== this.userId.get()).map((one) => one.name);
    return conversation.title ?? conversation.job?.title ?? others.join(', ');
  }

  #emit(frame: ServerFrame): void {
    for (const listener of [...(this.#listeners.get(frame.type) ?? [])]) (listener as (frame: ServerFrame) => void)(frame);
  }

  #hear(frame: ServerFrame): void {
    if ('seq' in frame && frame.type !== 'message_sent') return this.#event(frame);
    switch (frame.type) {
      case 'ready':
        this.#ready(frame.user_id, frame.log_epoch);
        break;
      case 'message_sent':
        this.#outbox.stored(frame.conversation_id, frame.client_id, frame);
        break;
      case 'heartbeat':
        for (const [id, head] of Object.entries(frame.heads ?? {})) this.#handles.get(id)?.expect(head);
        break;
      case 'unread_changed':
        this.#unread.tell(frame.conversation_id, frame.unread_count, frame.total);
        this.#rows.patch(frame.conversation_id, { unread_count: frame.unread_count });
        break;
      case 'presence_snapshot':
        this.presence.hear(frame.users, !frame.more);
        break;
      case 'user_status_change':
        this.presence.hear([frame], false);
        break;
      case 'typing_indicator':
        this.conversation(frame.conversation_id).hear(frame);
        break;
      default:
        if (frame.type === 'conversation_deleted') this.#rows.remove(frame.conversation_id);
        if (frame.type === 'error' && frame.client_id != null) void this.#outbox.refused(frame);
        else if ('conversation_id' in frame) this.#handles.get(frame.conversation_id ?? '')?.hear(frame);
    }
    this.#emit(frame);
  }

  /** Of a conversation that is open events pass through its log; of any other its row is what is kept up to date. */
  #event(event: EventFrame): void {
    const handle = this.#handles.get(event.conversation_id);
    if (event.type === 'message_received') {
      const { actor_id: actor, message } = event;
      if (actor === this.userId.get()) this.#outbox.stored(event.conversation_id, message.client_id, message);
      if (actor !== null) handle?.typing.hear(actor, '', false);
    }
    if (handle?.isOpen) return handle.take(event);
    this.#rows.apply(event);
    this.#emit(event);
  }

  /** Who one is: the token says it before the server confirms it. */
  #know(userId: UserId): void {
    if (this.userId.get() === userId) return;
    this.userId.set(userId);
    void this.#outbox.start(userId);
  }

  #ready(userId: UserId, epoch: number): void {
    this.#know(userId);
    this.presence.connected();
    this.#outbox.up();
    const positions: [ConversationId, Seq][] = [];
    for (const handle of this.#handles.values()) {
      const position = handle.connected(epoch);
      if (position !== null && handle.isOpen) positions.push([handle.id, position]);
    }
    for (let from = 0; from < positions.length; from += MOST_POSITIONS) {
      const part = Object.fromEntries(positions.slice(from, from + MOST_POSITIONS));
      this.#connection.send({ type: 'resume', positions: part, log_epoch: epoch });
    }
    void this.#unread.load();
    later().catch(() => undefined);
    if (this.#wasReady) this.conversations.refresh();
    this.#wasReady = true;
  }

  #down(): void {
    this.#outbox.down();
    for (const handle of this.#handles.values()) handle.disconnected();
  }
}

/** Where the socket and the API are. */
function addresses({ url, apiUrl }: ChatClientOptions): { socketUrl: string; apiUrl: string } {
  const base = typeof location === 'undefined' ? undefined : location.href;
  const socket = new URL(url, base);
  socket.protocol = socket.protocol.replace('http', 'ws');
  if (!/\/ws\/?$/.test(socket.pathname)) socket.pathname = `${socket.pathname.replace(/\/$/, '')}/ws/`;
  const api = new URL(apiUrl ?? '/', apiUrl === undefined ? socket.href : base);
  api.protocol = api.protocol.replace('ws', 'http');
  return { socketUrl: socket.href, apiUrl: api.href };
}
