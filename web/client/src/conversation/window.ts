/** The part of a history that is held: loaded in pages, kept up to date by events, bounded. */
import type { MessageWindow, MessageWindowState } from '../api/messages.js';
import { ChatError } from '../errors.js';
import type { EventFrame } from '../frames.js';
import { asChatError, type Rest } from '../rest.js';
import { createStore } from '../store.js';
import type { ConversationId, Message, MessageId, Seq, UserId } from '../wire.js';
import { Freshness } from './freshness.js';
import { changed, merge, subjectOf, type ChangeOfMessage } from './timeline.js';

/** What a window needs. */
export interface WindowOptions {
  readonly id: ConversationId;
  readonly rest: Rest;
  readonly me: () => UserId | null;
  readonly pageSize: number;
  readonly windowSize: number;
  /** Messages, or what is known about them, have changed: compose `items`. */
  readonly onChange: () => void;
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
  readonly #fresh: Freshness;

  constructor(private readonly options: WindowOptions) {
    this.#fresh = new Freshness(options.rest, options.id, (message, later) => {
      this.#set(this.messages.map((one) => (one.id === message.id ? message : one)));
      for (const event of later) this.apply(event);
    });
  }

  follow(isAtEnd: boolean): void {
    this.#follows = isAtEnd;
  }

  async loadOlder(): Promise<void> {
    const first = this.messages[0];
    if (!first || !this.state.get().hasOlder) return;
    await this.#load('isLoadingOlder', { before_seq: first.seq }, (page, hasMore) => {
      const all = merge(this.messages, page);
      const kept = all.slice(0, this.options.windowSize);
      this.state.patch({ hasOlder: hasMore, ...(kept.length < all.length && { hasNewer: true }) });
      this.#set(kept);
    });
  }

  async loadNewer(): Promise<void> {
    const last = this.messages.at(-1);
    if (!last || !this.state.get().hasNewer) return;
    await this.#load('isLoadingNewer', { after_seq: last.seq }, (page, hasMore) => {
      const all = merge(this.messages, page);
      const kept = all.slice(-this.options.windowSize);
      this.state.patch({ hasNewer: hasMore, ...(kept.length < all.length && { hasOlder: true }) });
      this.#set(kept);
    });
  }

  async jumpTo(target: MessageId | Seq): Promise<void> {
    const find = (): Message | undefined => this.messages.find((one) => one.id === target || one.seq === target);
    if (!find()) {
      this.#generation += 1;
      await this.#load('isLoading', { around: String(target), order: 'asc' }, (page, hasNewer, hasOlder) => {
        this.state.patch({ hasNewer, hasOlder });
        this.#set(page);
      });
    }
    const found = find();
    if (!found) throw this.state.get().error ?? new ChatError('not_found', 'There is no such message.');
    this.state.patch({ target: { id: found.id, seq: found.seq } });
  }

  async jumpToLatest(): Promise<void> {
    this.#follows = true;
    if (this.state.get().hasNewer) await this.loadLatest();
  }

  /** The newest page, instead of what is there. False if it did not come. */
  async loadLatest(): Promise<boolean> {
    this.#generation += 1;
    return this.#load('isLoading', {}, (page, hasOlder) => {
      this.state.patch({ hasOlder, hasNewer: false });
      this.#set(merge([], page));
    });
  }

  clear(): void {
    this.#generation += 1;
    this.#fresh.clear();
    this.state.patch({ hasOlder: true, hasNewer: false, error: null, target: null });
    this.#set([]);
  }

  /** What an event says of messages. */
  apply(event: EventFrame): void {
    if (this.#loads > 0) this.#meanwhile.push(event);
    this.#take(event);
  }

  #take(event: EventFrame): void {
    if (event.type === 'message_received') this.#append(event.message);
    else if ('message_seq' in event) this.#change(event);
  }

  #append(message: Message): void {
    if (this.state.get().hasNewer || this.messages.some((one) => one.id === message.id)) return;
    this.#fresh.isAsOf(message.id, message.seq);
    const all = merge(this.messages, [message]);
    if (all.length <= this.options.windowSize) return this.#set(all);
    if (!this.#follows) return this.state.patch({ hasNewer: true });
    this.state.patch({ hasOlder: true });
    this.#set(all.slice(-this.options.windowSize));
  }

  #change(event: ChangeOfMessage): void {
    const id = subjectOf(event);
    const message = this.messages.find((one) => one.id === id);
    if (!message) return;
    const isCount = event.type === 'reaction_added' || event.type === 'reaction_removed';
    if (!this.#fresh.mayApply(id, event, isCount)) return;
    const next = changed(message, event, this.options.me());
    this.#set(this.messages.map((one) => (one === message ? next : one)));
  }

  async #load(busy: Busy, query: Query, take: (page: Message[], hasNext: boolean, hasPrevious: boolean) => void): Promise<boolean> {
    const generation = this.#generation;
    if (busy !== 'isLoading' && this.state.get()[busy]) return false;
    this.state.patch({ [busy]: true, error: null });
    this.#loads += 1;
    let isDone = false;
    try {
      const { id, rest, pageSize } = this.options;
      const page = await rest.call('get', '/api/chat/conversations/{id}/messages/', { path: { id }, query: { ...query, page_size: pageSize } });
      if (generation !== this.#generation) return false;
      for (const message of page.results) this.#fresh.isUnknown(message.id);
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

  #set(messages: readonly Message[]): void {
    this.messages = messages;
    this.#fresh.keepOnly(messages);
    this.options.onChange();
  }
}
