/** The client itself, and how it is made. */
import type { Account, Conversation, ConversationId, FoundMessage, UserId } from '../wire.js';
import type { ChatEventMap, ChatEventType, ConnectionStatus, GetToken, Session } from './connection.js';
import type { ConversationHandle, Conversations } from './conversations.js';
import type { Files, SearchQuery } from './files.js';
import type { Blocks, Presence, UnreadTotals } from './people.js';
import type { OutboxStorage } from './storage.js';
import type { Paginator, Store } from './store.js';
import type { Transport } from './transport.js';

/** How to make a client. */
export interface ChatClientOptions {
  /** Where the gateway is: `wss://host`, or the whole address of `/ws/`. */
  readonly url: string;
  /** Where the API is: by default the same host, by http. */
  readonly apiUrl?: string;
  readonly getToken: GetToken;
  /** How the token gets onto the socket; `subprotocol` by default. */
  readonly authentication?: 'subprotocol' | 'first_frame' | 'ticket';
  /** Pauses between attempts grow from `minMs` (500) to `maxMs` (20,000), each a random part of that. */
  readonly reconnect?: { readonly minMs?: number; readonly maxMs?: number };
  /** How many messages a conversation holds at most; 600 by default. */
  readonly windowSize?: number;
  /** How many messages come at once; 50 by default, at most 200. */
  readonly pageSize?: number;
  /** Where the outbox is kept: by default IndexedDB, where there is one. */
  readonly storage?: OutboxStorage;
  /** By default plain WebSocket; see the entry `./socketio`. */
  readonly transport?: Transport;
  readonly fetch?: typeof fetch;
  /** Is told what went wrong behind the scenes; never gets a text or a token. */
  readonly logger?: (message: string, cause?: unknown) => void;
}

/** One person's chat: one socket, however many conversations. */
export interface ChatClient {
  readonly status: Store<ConnectionStatus>;
  /** Who one is; null before the first connection. */
  readonly userId: Store<UserId | null>;
  readonly unread: Store<UnreadTotals>;
  readonly conversations: Conversations;
  readonly presence: Presence;
  readonly blocks: Blocks;
  readonly files: Files;

  /** Connects and stays connected until `disconnect`. Fulfilled when it first stands; rejected when it is refused for good. */
  connect(): Promise<Session>;
  /** Ends the connection. What is in the outbox stays for the next time. */
  disconnect(): void;
  /** Does not wait for the next attempt. */
  reconnectNow(): void;
  /** Disconnects and lets go of everything. The client is of no use afterwards. */
  close(): Promise<void>;

  /** One conversation; nothing is loaded before `open()`. The same object for the same id. */
  conversation(id: ConversationId): ConversationHandle;
  /** Everything said in one's conversations, found. Nothing is loaded before `loadMore()`. */
  search(query: SearchQuery): Paginator<FoundMessage>;
  /** One's own account. */
  me(): Promise<Account>;
  /** Listens to frames of one type, until the returned function is called. */
  on<T extends ChatEventType>(type: T, listener: (frame: ChatEventMap[T]) => void): () => void;
  /** The name that a conversation has for this person: its title, or who else takes part. */
  titleOf(conversation: Conversation): string;
}
