/** The part of a history that is held: loaded in pages, kept up to date by events, bounded. */
import type { MessageWindow, MessageWindowState } from '../api/messages.js';
import type { EventFrame } from '../frames.js';
import { asChatError, type Rest } from '../rest.js';
import { createStore } from '../store.js';
import type { ConversationId, Message, MessageId, Seq, UserId } from '../wire.js';
import { later, withLater } from '../lazy.js';
import type { ChangeOfMessage } from './timeline.js';

/** What a window needs. */
export interface WindowOptions {
  readonly id: ConversationId;
  readonly rest: Rest;
  readonly me: () => UserId | null;
  readonly pageSize: number;
  readonly windowSize: number;
  /** Messages, or what is known about them, have changed: compose `items`. */
  readonly onChange: () => void;
  /** Changes cannot be applied: load anew. */
  readonly onLost: () => void;
}

type Query = { before_seq?: Seq; after_seq?: Seq; around?: string; order?: 'asc' };
type Busy = 'isLoading' | 'isLoadingOlder' | 'isLoadingNewer';

export class Window implements MessageWindow {
  readonly state = createStore<MessageWindowState>({
    items: [],
    hasOlder: true,
    hasNewer: false,
    isLoading: false,
    isLoadingOlder: false,
    isLoadingNewer: false,
    error: null,
    target: null,
  });
  readonly get = this.state.get;
  readonly subscribe = this.state.subscribe;
  /** In the order of `seq`. */
  messages: readonly Message[] = [];
  #follows = true;
  /** Events that came while a page was on its way: the page may be older than they are. */
  #meanwhile: EventFrame[] = [];
  #loads = 0;
  /** What was loaded for an earlier window is dropped. */
  #generation = 0;
  /** Up to which event a message is known; of those that a page brought that is unknown. */
  readonly asOf = new Map<MessageId, Seq>();
  /** Messages that are being fetched, and what came meanwhile. */
  readonly fetching = new Map<MessageId, ChangeOfMessage[]>();

  constructor(readonly options: WindowOptions) {}

  follow(isAtEnd: boolean): void {
    this.#follows = isAtEnd;
  }

  loadOlder(): Promise<void> {
    return this.#extend('isLoadingOlder', 'hasOlder', 'hasNewer');
  }

  loadNewer(): Promise<void> {
    return this.#extend('isLoadingNewer', 'hasNewer', 'hasOlder');
  }

  async jumpTo(target: MessageId | Seq): Promise<void> {
    return (await later()).jump(this, target);
  }

  async jumpToLatest(): Promise<void> {
    this.#follows = true;
    if (this.state.get().hasNewer) await this.loadLatest();
  }

  /** The newest page, instead of what is there. False if it did not come. */
  async loadLatest(): Promise<boolean> {
    return this.load('isLoading', {}, (page, hasOlder) => {
      this.state.patch({ hasOlder, hasNewer: false });
      this.set(merge([], page));
    });
  }

  clear(): void {
    this.#generation += 1;
    this.asOf.clear();
    this.fetching.clear();
    this.state.patch({ hasOlder: true, hasNewer: false, error: null, target: null });
    this.set([]);
  }

  /** What an event says of messages. */
  apply(event: EventFrame): void {
    if (this.#loads > 0) this.#meanwhile.push(event);
    this.#take(event);
  }

  /** One more page at one end; what is too much goes at the other. */
  async #extend(busy: Busy, here: 'hasOlder' | 'hasNewer', there: 'hasOlder' | 'hasNewer'): Promise<void> {
    const isOlder = here === 'hasOlder';
    const edge = this.messages.at(isOlder ? 0 : -1);
    if (!edge || !this.state.get()[here]) return;
    await this.load(busy, { [isOlder ? 'before_seq' : 'after_seq']: edge.seq }, (page, hasMore) => {
      const all = merge(this.messages, page);
      const { windowSize } = this.options;
      const kept = isOlder ? all.slice(0, windowSize) : all.slice(-windowSize);
      this.state.patch({ [here]: hasMore, ...(kept.length < all.length && { [there]: true }) });
      this.set(kept);
    });
  }

  #take(event: EventFrame): void {
    if (event.type === 'message_received') this.#append(event.message);
    else if ('message_seq' in event) withLater(({ change }) => change(this, event), this.options.onLost);
  }

  #append(message: Message): void {
    if (this.state.get().hasNewer || this.messages.some((one) => one.id === message.id)) return;
    this.asOf.set(message.id, message.seq);
    const all = merge(this.messages, [message]);
    if (all.length <= this.options.windowSize) return this.set(all);
    if (!this.#follows) return this.state.patch({ hasNewer: true });
    this.state.patch({ hasOlder: true });
    this.set(all.slice(-this.options.windowSize));
  }

  /** A page; of two that replace the window the last one counts. False if it did not come. */
  async load(busy: Busy, query: Query, take: (page: Message[], hasNext: boolean, hasPrevious: boolean) => void): Promise<boolean> {
    if (busy === 'isLoading') this.#generation += 1;
    const generation = this.#generation;
    if (busy !== 'isLoading' && this.state.get()[busy]) return false;
    this.state.patch({ [busy]: true, error: null });
    this.#loads += 1;
    let isDone = false;
    try {
      const { id, rest, pageSize } = this.options;
      const page = await rest.call('get', '/api/chat/conversations/{id}/messages/', { path: { id }, query: { ...query, page_size: pageSize } });
      if (generation !== this.#generation) return false;
      for (const message of page.results) this.asOf.delete(message.id);
      take(page.results, page.next != null, page.previous != null);
      isDone = true;
    } catch (cause) {
      if (generation === this.#generation) this.state.patch({ error: asChatError(cause) });
    } finally {
      this.#loads -= 1;
      if (this.#loads === 0 || generation === this.#generation) this.state.patch({ [busy]: false });
    }
    if (isDone) for (const event of this.#meanwhile) this.#take(event);
    if (this.#loads === 0) this.#meanwhile = [];
    return isDone;
  }

  /** Holds these instead. */
  set(messages: readonly Message[]): void {
    this.messages = messages;
    if (this.asOf.size > messages.length * 2) {
      const ids = new Set(messages.map((message) => message.id));
      for (const id of this.asOf.keys()) if (!ids.has(id)) this.asOf.delete(id);
    }
    this.options.onChange();
  }
}

/** Messages with those of a page, each once, in the order of `seq`; the page's copies are newer. */
function merge(held: readonly Message[], page: readonly Message[]): Message[] {
  const byId = new Map([...held, ...page].map((message) => [message.id, message]));
  return [...byId.values()].sort((one, other) => one.seq - other.seq);
}
