/** One conversation: its row, its window, its log, what is pending, who reads and types. */
import type { ConversationHandle } from '../api/conversations.js';
import type { OutgoingMessage, PendingMessage, StoredMessage } from '../api/messages.js';
import type { OutboxEntry } from '../api/storage.js';
import { ChatError } from '../errors.js';
import type { ClientFrame, EventFrame, ServerFrame } from '../frames.js';
import { withLater } from '../lazy.js';
import type { Outbox } from '../outbox/outbox.js';
import { asChatError, type Rest } from '../rest.js';
import type { Rows } from '../rows.js';
import { createStore } from '../store.js';
import { Timers } from '../timers.js';
import type { ConversationId, ErrorCode, Seq, UserId } from '../wire.js';
import type { Actions } from './actions.js';
import { typeOf } from './items.js';
import { liveParticipants } from './everybody.js';
import { Log } from './log.js';
import { liveTyping, type LiveTyping } from './typists.js';
import { View } from './view.js';
import { Window } from './window.js';

const KEPT_AFTER_CLOSE_MS = 30_000;
const MARK_AFTER_MS = 250;
const CHECK_HEAD_AFTER_MS = 1_000;
const RESUME_AGAIN_AFTER_MS = 2_000;
const LOAD_AGAIN_AFTER_MS = 5_000;

/** What handles share. */
export interface HandleContext {
  readonly rest: Rest;
  readonly rows: Rows;
  readonly outbox: Outbox;
  readonly me: () => UserId | null;
  readonly send: (frame: ClientFrame) => boolean;
  readonly pageSize: number;
  readonly windowSize: number;
  /** An event of an open conversation, in order. */
  readonly onEvent: (event: EventFrame) => void;
}

export class Handle implements ConversationHandle {
  readonly conversation;
  readonly error = createStore<ChatError | null>(null);
  readonly messages: Window;
  readonly typing: LiveTyping;
  readonly readState;
  readonly participants;
  readonly retry;
  readonly cancel;
  readonly edit = this.#lazy('edit');
  readonly remove = this.#lazy('remove');
  readonly react = this.#lazy('react');
  readonly report = this.#lazy('report');
  readonly update = this.#lazy('update');
  readonly mute = this.#lazy('mute');
  readonly archive = this.#lazy('archive');
  readonly delete = this.#lazy('delete');
  readonly leave = this.#lazy('leave');
  readonly addParticipants = this.#lazy('addParticipants');
  readonly removeParticipant = this.#lazy('removeParticipant');
  readonly changeRole = this.#lazy('changeRole');
  readonly #view: View;
  readonly #log: Log;
  #holders = 0;
  #isLoading = false;
  #markUpTo: Seq = 0;
  readonly #timers = new Timers<'close' | 'mark' | 'head' | 'load'>();
  readonly #context: HandleContext;

  constructor(
    readonly id: ConversationId,
    context: HandleContext,
  ) {
    this.#context = context;
    this.retry = context.outbox.retry;
    this.cancel = context.outbox.cancel;
    const { rest, rows, me, send, pageSize, windowSize } = context;
    this.conversation = rows.store(id);
    this.#view = new View(id, context);
    this.readState = this.#view.reads.state;
    this.messages = new Window({ id, rest, me, pageSize, windowSize, onChange: () => this.#compose(), onLost: () => void this.#load() });
    this.typing = liveTyping(id, send);
    this.#log = new Log({ id, rest, onEvent: (event) => this.#apply(event), onLost: () => void this.#load() });
    this.participants = liveParticipants(rest, id);
  }

  open(): () => void {
    this.#timers.clear('close');
    this.#holders += 1;
    if (this.#log.position === null) void this.#load();
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#holders -= 1;
      this.typing.stop();
      if (this.#holders === 0) this.#timers.set('close', KEPT_AFTER_CLOSE_MS, () => this.#drop());
    };
  }

  /** Whether its log is followed. */
  get isOpen(): boolean {
    return this.#holders > 0 || this.#timers.has('close');
  }

  /** The socket is new. Where to resume from, if it was loaded. */
  connected(epoch: number): Seq | null {
    const { position } = this.#log;
    this.#log.connected(epoch, position !== null);
    this.#loadIfOpen();
    this.#flushMark();
    return this.#log.position;
  }

  disconnected(): void {
    this.#log.disconnected();
    this.typing.ended();
    this.#compose();
  }

  /** An event of this conversation. */
  take(event: EventFrame): void {
    this.#log.take(event);
    // In again, after having been removed.
    if (event.type === 'participant_added' && event.user_id === this.#context.me() && this.error.get()) void this.#load();
  }

  /** A frame about this conversation that is no event. */
  hear(frame: ServerFrame): void {
    switch (frame.type) {
      case 'resumed':
        this.#view.reads.replace(frame.read_state);
        if (!frame.more) this.#log.resumed(frame.last_seq);
        return this.#compose();
      case 'resync_required':
        return void this.#load();
      case 'messages_read': {
        const ids = new Set(frame.message_ids);
        const named = this.messages.messages.filter((message) => ids.has(message.id)).map((message) => message.seq);
        this.#view.reads.add(frame.reader_id, frame.up_to_seq, named, frame.read_at);
        return this.#compose();
      }
      case 'typing_indicator':
        return this.typing.hear(frame.user_id, frame.user_name, frame.is_typing);
      case 'error':
        return this.#refused(frame.code);
      case 'conversation_deleted':
        return this.#gone();
    }
  }

  /** A heartbeat says where the log is; what is on its way may still come. */
  expect(head: Seq): void {
    const { position } = this.#log;
    if (position !== null && position < head) this.#timers.set('head', CHECK_HEAD_AFTER_MS, () => this.#log.expect(head));
  }

  /** What is pending has changed. */
  outboxChanged(stored?: { entry: OutboxEntry; as: StoredMessage }): void {
    const isAhead = stored !== undefined && stored.as.seq > (this.#log.position ?? Infinity);
    if (isAhead && !this.messages.get().hasNewer) this.#view.echo(stored);
    this.#compose();
  }

  send(message: OutgoingMessage): PendingMessage {
    this.typing.ended();
    const attachments = [...(message.attachments ?? [])];
    const pending = this.#context.outbox.add({
      conversationId: this.id,
      content: message.content,
      messageType: message.messageType ?? typeOf(attachments.map((one) => one.kind)),
      replyTo: message.replyTo ?? null,
      attachments,
      createdAt: new Date().toISOString(),
    });
    void this.messages.jumpToLatest();
    return pending;
  }

  markRead(upToSeq: Seq = this.conversation.get()?.last_seq ?? this.#log.position ?? 0): void {
    if (upToSeq <= Math.max(this.#markUpTo, this.#view.reads.upTo(this.#context.me()))) return;
    this.#markUpTo = upToSeq;
    if (!this.#timers.has('mark')) this.#timers.set('mark', MARK_AFTER_MS, () => this.#flushMark());
  }

  close(): void {
    this.#timers.clearAll();
    this.typing.close();
  }

  /** Something other than a message was refused: what matters is a resume. One that is under way already goes on. */
  #refused(code: ErrorCode): void {
    if (code === 'conflict' || !this.#log.resumeFailed()) return;
    if (code === 'not_found') this.#gone();
    else this.#timers.set('head', RESUME_AGAIN_AFTER_MS, () => this.#resume());
  }

  /** An action, loaded by then or now. */
  #lazy<K extends keyof Actions>(name: K): Actions[K] {
    const act = (...values: unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const { id, participants, messages } = this;
        const of = { ...this.#context, id, participants, messages, view: this.#view, compose: () => this.#compose() };
        withLater(({ actionsOn }) => {
          const action = actionsOn(of)[name] as (...values: unknown[]) => Promise<unknown>;
          resolve(action(...values));
        }, reject);
      });
    return act as Actions[K];
  }

  /** From the row, which says a position, to the page, which is no older; then what came after, and who has read. */
  async #load(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    this.#timers.clear('load');
    this.#log.reset();
    try {
      const row = await this.#context.rows.load(this.id);
      if (await this.messages.loadLatest()) {
        this.error.set(null);
        this.#log.begin(row.last_seq);
        this.#resume();
      }
    } catch (cause) {
      this.error.set(asChatError(cause));
    }
    this.#isLoading = false;
    const { error } = this.messages.get();
    if ((this.error.get() ?? error)?.retryable) this.#timers.set('load', LOAD_AGAIN_AFTER_MS, () => this.#loadIfOpen());
  }

  #loadIfOpen(): void {
    if (this.isOpen && this.#log.position === null) void this.#load();
  }

  #resume(): void {
    const { position } = this.#log;
    if (position !== null && this.#context.send({ type: 'resume', positions: { [this.id]: position } })) this.#log.resuming();
  }

  #apply(event: EventFrame): void {
    const { me, rows } = this.#context;
    const isMine = event.actor_id !== null && event.actor_id === me();
    if ((event.type === 'reaction_added' || event.type === 'reaction_removed') && isMine) this.#view.wanted?.settle(event.message_id, event.emoji);
    this.#view.passed(event.seq);
    this.messages.apply(event);
    this.participants.apply(event);
    rows.apply(event);
    this.#context.onEvent(event);
    if (event.type === 'participant_removed' && event.user_id === me()) this.#gone();
  }

  #flushMark(): void {
    const upTo = this.#markUpTo;
    if (upTo > this.#view.reads.upTo(this.#context.me())) this.#context.send({ type: 'mark_as_read', conversation_id: this.id, up_to: upTo });
  }

  #gone(): void {
    this.#log.reset();
    this.messages.clear();
    this.error.set(new ChatError('not_found', 'Not there, or not ours any more.'));
  }

  #drop(): void {
    this.#log.reset();
    this.messages.clear();
    this.#view.clear();
  }

  #compose(): void {
    const { messages } = this.messages;
    this.messages.state.patch({ items: this.#view.compose(messages) });
    this.#view.acknowledge(messages);
  }
}
