/** Messages that are not stored yet: kept, sent in order, repeated until they are stored or refused. */
import type { PendingMessage, StoredMessage } from '../api/messages.js';
import type { OutboxEntry, OutboxStorage } from '../api/storage.js';
import { fullJitter } from '../backoff.js';
import { ChatError } from '../errors.js';
import type { ClientFrame, ErrorFrame } from '../frames.js';
import { Timers } from '../timers.js';
import type { ConversationId, UserId } from '../wire.js';
import { newClientId } from './clientId.js';
import { Kept } from './kept.js';
import { joinTabs, type TabMessage, type Tabs } from './tabs.js';

const ANSWER_WITHIN_MS = 15_000;
const STEAL_AFTER_MS = 4_000;
const OWNER_ANSWERS_WITHIN_MS = 1_000;

/** What an outbox needs. */
export interface OutboxOptions {
  readonly storage: OutboxStorage;
  readonly send: (frame: ClientFrame) => boolean;
  readonly log: (message: string, cause?: unknown) => void;
  /** The entries of a conversation have changed; `stored` if one of them got its place. */
  readonly onChange: (conversationId: ConversationId, stored?: { entry: OutboxEntry; as: StoredMessage }) => void;
}

interface Waiting {
  readonly pending: PendingMessage;
  resolve(stored: StoredMessage): void;
  reject(error: ChatError): void;
}

export class Outbox {
  readonly #kept: Kept;
  readonly #waiting = new Map<string, Waiting>();
  /** Which message of a conversation is on its way: one at a time, or a refusal would change their order. */
  readonly #inFlight = new Map<ConversationId, string>();
  /** Conversations that wait, and how often they had to. */
  readonly #pauses = new Map<ConversationId, number>();
  readonly #timers = new Timers<string>();
  #tabs: Tabs | null = null;
  #userId: UserId | null = null;
  #begin!: () => void;
  readonly #begun = new Promise<void>((resolve) => (this.#begin = resolve));
  #isUp = false;

  constructor(private readonly options: OutboxOptions) {
    this.#kept = new Kept(options.storage, options.log);
  }

  /** Brings what is left from before, for this person. */
  async start(userId: UserId): Promise<void> {
    if (this.#userId === userId) return;
    this.#userId = userId;
    this.#tabs?.close();
    this.#begin();
    const name = `workconnect-chat-outbox:${userId}`;
    this.#tabs = joinTabs(name, this.options.storage.shared, () => void this.#reload(), (message) => this.#fromTab(message));
    await this.#reload();
  }

  /** What is not stored yet of a conversation, oldest first. */
  of(conversationId: ConversationId): readonly OutboxEntry[] {
    return this.#kept.of(conversationId);
  }

  /** Whether it is on its way now, from this tab or (as far as is known) another. */
  isOnItsWay(entry: OutboxEntry): boolean {
    return this.#isUp && entry.refusal === null && (this.#inFlight.get(entry.conversationId) === entry.clientId || (entry.attempted && !this.#tabs?.isOwner()));
  }

  /** It need not be known yet whose it is: it is kept once that is. */
  add(draft: Omit<OutboxEntry, 'clientId' | 'userId' | 'attempted' | 'refusal'>): PendingMessage {
    const clientId = newClientId();
    const entry = { ...draft, clientId, userId: this.#userId ?? 0, attempted: false, refusal: null };
    let resolve!: (stored: StoredMessage) => void;
    let reject!: (error: ChatError) => void;
    const stored = new Promise<StoredMessage>((yes, no) => ([resolve, reject] = [yes, no]));
    stored.catch(() => undefined);
    const pending = { clientId, stored };
    this.#waiting.set(clientId, { pending, resolve, reject });
    this.#kept.hold(entry);
    this.options.onChange(entry.conversationId);
    void this.#begun
      .then(() => this.#replace({ ...entry, userId: this.#userId ?? 0 }))
      .then(() => this.#pump(entry.conversationId));
    return pending;
  }

  /** Sends again what was refused. */
  async retry(clientId: string): Promise<void> {
    const entry = this.#kept.get(clientId);
    if (!entry?.refusal) return;
    await this.#replace({ ...entry, refusal: null });
    this.#pump(entry.conversationId);
  }

  /** False if it may have been stored already. */
  async cancel(clientId: string): Promise<boolean> {
    const entry = this.#kept.get(clientId);
    if (!entry || (entry.attempted && !entry.refusal)) return false;
    const forgotten = this.#kept.forget(clientId);
    this.#land(entry.conversationId, clientId);
    this.options.onChange(entry.conversationId);
    this.#waiting.get(clientId)?.reject(new ChatError('cancelled', 'Cancelled.'));
    this.#waiting.delete(clientId);
    await forgotten;
    this.#tabs?.tell({ type: 'changed' });
    this.#pump(entry.conversationId);
    return true;
  }

  /** The connection stands: everything goes again. */
  up(): void {
    this.#isUp = true;
    this.#pauses.clear();
    for (const id of this.#kept.conversations()) this.#pump(id);
    this.#watchOwner();
  }

  /** What is on its way has no answer any more. */
  down(): void {
    this.#isUp = false;
    this.#timers.clearAll();
    const were = [...this.#inFlight.keys()];
    this.#inFlight.clear();
    for (const id of were) this.options.onChange(id);
  }

  close(): void {
    this.#timers.clearAll();
    this.#tabs?.close();
    this.#isUp = false;
  }

  /** A message has its place, whoever says so. */
  stored(conversationId: ConversationId, clientId: string, as: StoredMessage, byOther = false): void {
    const entry = this.#kept.get(clientId);
    const isAnswer = this.#inFlight.get(conversationId) === clientId;
    if (isAnswer) this.#land(conversationId);
    this.#waiting.get(clientId)?.resolve(as);
    this.#waiting.delete(clientId);
    if (entry && entry.conversationId === conversationId) {
      this.#pauses.delete(conversationId);
      if (byOther) this.#kept.drop(clientId);
      else {
        void this.#kept.forget(clientId);
        this.#tabs?.tell({ type: 'stored', clientId, ...as });
      }
      this.options.onChange(conversationId, { entry, as });
    }
    if (isAnswer || entry) this.#pump(conversationId);
  }

  /** A message was refused: for now, or for good. */
  async refused(frame: ErrorFrame): Promise<void> {
    const entry = this.#kept.get(frame.client_id ?? '');
    if (!entry || this.#inFlight.get(entry.conversationId) !== entry.clientId) return;
    const { conversationId } = entry;
    this.#land(conversationId);
    const error = new ChatError(frame.code, frame.detail, { errors: frame.errors ?? {}, ...(frame.retry_after_ms && { retryAfterMs: frame.retry_after_ms }) });
    const times = this.#pauses.get(conversationId) ?? 0;
    // A gateway may hear of a fresh conversation a moment after its creator.
    const isEarly = frame.code === 'not_found' && times < 3;
    if (error.retryable || isEarly || frame.code === 'not_authenticated') return this.#pause(conversationId, times, error.retryAfterMs);
    this.#waiting.get(entry.clientId)?.reject(error);
    this.#waiting.delete(entry.clientId);
    await this.#replace({ ...entry, refusal: { code: error.code, detail: error.message } });
    this.#pump(conversationId);
  }

  /** Sends the next message of a conversation, if it is this tab's turn and nothing is on its way. */
  #pump(conversationId: ConversationId): void {
    if (!this.#isUp || this.#inFlight.has(conversationId) || this.#timers.has(`pause:${conversationId}`)) return;
    if (!this.#tabs?.isOwner()) return this.#watchOwner();
    const next = this.of(conversationId).find((entry) => entry.refusal === null);
    if (!next || this.#kept.isUnsaved(next.clientId)) return;
    this.#inFlight.set(conversationId, next.clientId);
    if (next.attempted) return this.#transmit(next);
    const attempted = { ...next, attempted: true };
    void this.#replace(attempted).then(() => this.#transmit(attempted));
  }

  #transmit(entry: OutboxEntry): void {
    const { conversationId, clientId, replyTo, attachments } = entry;
    if (this.#inFlight.get(conversationId) !== clientId) return;
    const isSent = this.options.send({
      type: 'send_message',
      conversation_id: conversationId,
      client_id: clientId,
      content: entry.content,
      message_type: entry.messageType,
      ...(replyTo !== null && { reply_to: replyTo }),
      ...(attachments.length > 0 && { attachment_ids: attachments.map((attachment) => attachment.id) }),
    });
    if (!isSent) this.#land(conversationId);
    else {
      this.#timers.set(`answer:${conversationId}`, ANSWER_WITHIN_MS, () => {
        this.#land(conversationId);
        this.#pump(conversationId);
      });
    }
    this.options.onChange(conversationId);
  }

  /** Nothing is on its way any more (if it was this one). */
  #land(conversationId: ConversationId, clientId = this.#inFlight.get(conversationId)): void {
    if (this.#inFlight.get(conversationId) !== clientId) return;
    this.#inFlight.delete(conversationId);
    this.#timers.clear(`answer:${conversationId}`);
  }

  #pause(conversationId: ConversationId, times: number, retryAfterMs: number | null): void {
    this.#pauses.set(conversationId, times + 1);
    const inMs = (retryAfterMs ?? 200) + fullJitter(times, 500, 20_000);
    this.#timers.set(`pause:${conversationId}`, inMs, () => this.#pump(conversationId));
    this.options.onChange(conversationId);
  }

  async #replace(entry: OutboxEntry): Promise<void> {
    if (!this.#kept.get(entry.clientId)) return;
    const saved = this.#kept.save(entry);
    this.options.onChange(entry.conversationId);
    await saved;
    this.#tabs?.tell({ type: 'changed' });
  }

  /** Takes over what other tabs, or this page before, have left. */
  async #reload(): Promise<void> {
    if (this.#userId === null) return;
    const before = this.#kept.conversations();
    await this.#kept.reload(this.#userId);
    for (const id of new Set([...before, ...this.#kept.conversations()])) {
      this.options.onChange(id);
      this.#pump(id);
    }
  }

  #fromTab(message: TabMessage): void {
    if (message.type === 'changed') void this.#reload();
    if (message.type === 'who_sends' && this.#tabs?.isOwner() && this.#isUp) this.#tabs.tell({ type: 'i_send' });
    if (message.type === 'i_send') {
      this.#timers.clear('steal');
      this.#watchOwner();
    }
    if (message.type === 'stored') {
      const { clientId, id, seq, createdAt } = message;
      const as = { id, seq, createdAt };
      const entry = this.#kept.get(clientId);
      if (entry) this.stored(entry.conversationId, clientId, as, true);
      else this.#waiting.get(clientId)?.resolve(as);
    }
  }

  /** Takes the sending over from a tab that has no connection. */
  #watchOwner(): void {
    const isNeeded = (): boolean => this.#isUp && !this.#tabs?.isOwner() && this.#kept.some((entry) => entry.refusal === null);
    if (!isNeeded() || this.#timers.has('watch') || this.#timers.has('steal')) return;
    this.#timers.set('watch', STEAL_AFTER_MS, () => {
      if (!isNeeded()) return;
      this.#timers.set('steal', OWNER_ANSWERS_WITHIN_MS, () => {
        if (isNeeded()) this.#tabs?.steal();
      });
      this.#tabs?.tell({ type: 'who_sends' });
    });
  }
}
