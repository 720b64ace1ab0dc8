/** Messages that are not stored yet: kept, sent in order, repeated until they are stored or refused. */
import type { PendingMessage, StoredMessage } from '../api/messages.js';
import type { OutboxEntry, OutboxStorage } from '../api/storage.js';
import { fullJitter } from '../backoff.js';
import { ChatError } from '../errors.js';
import type { ClientFrame, ErrorFrame } from '../frames.js';
import { withLater } from '../lazy.js';
import { deferred, Timers, type Deferred } from '../timers.js';
import type { ConversationId, Message, UserId } from '../wire.js';
import { newClientId } from './clientId.js';
import { createKept } from './kept.js';
import { joinTabs, type TabMessage, type Tabs } from './tabs.js';

const ANSWER_WITHIN_MS = 15_000;

/** What an outbox needs. */
export interface OutboxOptions {
  readonly storage: OutboxStorage;
  readonly send: (frame: ClientFrame) => boolean;
  readonly log: (message: string, cause?: unknown) => void;
  /** The entries of a conversation have changed; `stored` if one of them got its place. */
  readonly onChange: (conversationId: ConversationId, stored?: { entry: OutboxEntry; as: StoredMessage }) => void;
}

/** Where the history has a message, as the wire says it. */
type Place = Pick<Message, 'id' | 'seq' | 'created_at'>;

/** The outbox of one page. */
export type Outbox = ReturnType<typeof createOutbox>;

/** Nothing is in it, and nobody is known, before `start`. */
export function createOutbox(options: OutboxOptions) {
  const kept = createKept(options.storage, options.log);
  const waiting = new Map<string, Deferred<StoredMessage>>();
  /** Which message of a conversation is on its way: one at a time, or a refusal would change their order. */
  const inFlight = new Map<ConversationId, string>();
  /** Conversations that wait, and how often they had to. */
  const pauses = new Map<ConversationId, number>();
  const timers = new Timers<string>();
  let tabs: Tabs | null = null;
  let person: UserId | null = null;
  const begun = deferred<void>();
  let isUp = false;

  /** Brings what is left from before, for this person. */
  const start = async (userId: UserId): Promise<void> => {
    if (person === userId) return;
    person = userId;
    tabs?.close();
    begun.resolve();
    const name = `workconnect-chat-outbox:${userId}`;
    tabs = joinTabs(name, options.storage.shared, () => void reload(), (message) => fromTab(message));
    await reload();
  };

  /** What is not stored yet of a conversation, oldest first. */
  const of = (conversationId: ConversationId): readonly OutboxEntry[] => kept.of(conversationId);

  /** Whether it is on its way now, from this tab or (as far as is known) another. */
  const isOnItsWay = (entry: OutboxEntry): boolean =>
    isUp && entry.refusal === null && (inFlight.get(entry.conversationId) === entry.clientId || (entry.attempted && !tabs?.isOwner()));

  /** It need not be known yet whose it is: it is kept once that is. */
  const add = (draft: Omit<OutboxEntry, 'clientId' | 'userId' | 'attempted' | 'refusal'>): PendingMessage => {
    const clientId = newClientId();
    const entry = { ...draft, clientId, userId: person ?? 0, attempted: false, refusal: null };
    const ended = deferred<StoredMessage>();
    waiting.set(clientId, ended);
    kept.hold(entry);
    options.onChange(entry.conversationId);
    void begun.promise
      .then(() => replace({ ...entry, userId: person ?? 0 }))
      .then(() => pump(entry.conversationId));
    return { clientId, stored: ended.promise };
  };

  /** Sends again what was refused. */
  const retry = async (clientId: string): Promise<void> => {
    const entry = kept.get(clientId);
    if (!entry?.refusal) return;
    await replace({ ...entry, refusal: null });
    pump(entry.conversationId);
  };

  /** False if it may have been stored already. */
  const cancel = async (clientId: string): Promise<boolean> => {
    const entry = kept.get(clientId);
    if (!entry || (entry.attempted && !entry.refusal)) return false;
    const forgotten = kept.forget(clientId);
    land(entry.conversationId, clientId);
    options.onChange(entry.conversationId);
    waiting.get(clientId)?.reject(new ChatError('cancelled', 'Cancelled.'));
    waiting.delete(clientId);
    await forgotten;
    tabs?.tell({ type: 'changed' });
    pump(entry.conversationId);
    return true;
  };

  /** The connection stands: everything goes again. */
  const up = (): void => {
    isUp = true;
    pauses.clear();
    for (const id of kept.conversations()) pump(id);
    watch();
  };

  /** What is on its way has no answer any more. */
  const down = (): void => {
    isUp = false;
    timers.clearAll();
    const were = [...inFlight.keys()];
    inFlight.clear();
    for (const id of were) options.onChange(id);
  };

  const close = (): void => {
    timers.clearAll();
    tabs?.close();
    isUp = false;
  };

  /** A message has its place, whoever says so. */
  const stored = (conversationId: ConversationId, clientId: string | null | undefined, by: Place, byOther = false): void => {
    if (clientId == null) return;
    const { id, seq, created_at } = by;
    const as = { id, seq, createdAt: created_at };
    const entry = kept.get(clientId);
    const isAnswer = inFlight.get(conversationId) === clientId;
    if (isAnswer) land(conversationId);
    waiting.get(clientId)?.resolve(as);
    waiting.delete(clientId);
    if (entry && entry.conversationId === conversationId) {
      pauses.delete(conversationId);
      if (byOther) kept.drop(clientId);
      else {
        void kept.forget(clientId);
        tabs?.tell({ type: 'stored', clientId, id, seq, created_at });
      }
      options.onChange(conversationId, { entry, as });
    }
    if (isAnswer || entry) pump(conversationId);
  };

  /** A message was refused: for now, or for good. */
  const refused = async (frame: ErrorFrame): Promise<void> => {
    const entry = kept.get(frame.client_id ?? '');
    if (!entry || inFlight.get(entry.conversationId) !== entry.clientId) return;
    const { conversationId } = entry;
    land(conversationId);
    const error = new ChatError(frame.code, frame.detail, { errors: frame.errors ?? {}, ...(frame.retry_after_ms && { retryAfterMs: frame.retry_after_ms }) });
    const times = pauses.get(conversationId) ?? 0;
    // A gateway may hear of a fresh conversation a moment after its creator.
    const isEarly = frame.code === 'not_found' && times < 3;
    if (error.retryable || isEarly || frame.code === 'not_authenticated') return pause(conversationId, times, error.retryAfterMs);
    waiting.get(entry.clientId)?.reject(error);
    waiting.delete(entry.clientId);
    await replace({ ...entry, refusal: { code: error.code, detail: error.message } });
    pump(conversationId);
  };

  /** Sends the next message of a conversation, if it is this tab's turn and nothing is on its way. */
  const pump = (conversationId: ConversationId): void => {
    if (!isUp || inFlight.has(conversationId) || timers.has(`pause:${conversationId}`)) return;
    if (!tabs?.isOwner()) return watch();
    const next = of(conversationId).find((entry) => entry.refusal === null);
    if (!next || kept.isUnsaved(next.clientId)) return;
    inFlight.set(conversationId, next.clientId);
    if (next.attempted) return transmit(next);
    const attempted = { ...next, attempted: true };
    void replace(attempted).then(() => transmit(attempted));
  };

  const transmit = (entry: OutboxEntry): void => {
    const { conversationId, clientId, replyTo, attachments } = entry;
    if (inFlight.get(conversationId) !== clientId) return;
    const isSent = options.send({
      type: 'send_message',
      conversation_id: conversationId,
      client_id: clientId,
      content: entry.content,
      message_type: entry.messageType,
      ...(replyTo !== null && { reply_to: replyTo }),
      ...(attachments.length > 0 && { attachment_ids: attachments.map((attachment) => attachment.id) }),
    });
    if (!isSent) land(conversationId);
    else {
      timers.set(`answer:${conversationId}`, ANSWER_WITHIN_MS, () => {
        land(conversationId);
        pump(conversationId);
      });
    }
    options.onChange(conversationId);
  };

  /** Nothing is on its way any more (if it was this one). */
  const land = (conversationId: ConversationId, clientId = inFlight.get(conversationId)): void => {
    if (inFlight.get(conversationId) !== clientId) return;
    inFlight.delete(conversationId);
    timers.clear(`answer:${conversationId}`);
  };

  const pause = (conversationId: ConversationId, times: number, retryAfterMs: number | null): void => {
    pauses.set(conversationId, times + 1);
    const inMs = (retryAfterMs ?? 200) + fullJitter(times, 500, 20_000);
    timers.set(`pause:${conversationId}`, inMs, () => pump(conversationId));
    options.onChange(conversationId);
  };

  const replace = async (entry: OutboxEntry): Promise<void> => {
    if (!kept.get(entry.clientId)) return;
    const saved = kept.save(entry);
    options.onChange(entry.conversationId);
    await saved;
    tabs?.tell({ type: 'changed' });
  };

  /** Takes over what other tabs, or this page before, have left. */
  const reload = async (): Promise<void> => {
    if (person === null) return;
    const before = kept.conversations();
    await kept.reload(person);
    for (const id of new Set([...before, ...kept.conversations()])) {
      options.onChange(id);
      pump(id);
    }
  };

  const fromTab = (message: TabMessage): void => {
    if (message.type === 'changed') void reload();
    if (message.type === 'who_sends' && tabs?.isOwner() && isUp) tabs.tell({ type: 'i_send' });
    if (message.type === 'i_send') {
      timers.clear('steal');
      watch();
    }
    if (message.type === 'stored') stored(kept.get(message.clientId)?.conversationId ?? '', message.clientId, message, true);
  };

  /** Takes the sending over from a tab that has no connection. */
  const watch = (): void => {
    const isNeeded = (): boolean => isUp && !tabs?.isOwner() && kept.some((entry) => entry.refusal === null);
    if (isNeeded()) withLater(({ watchOwner }) => watchOwner(isNeeded, timers, tabs!));
  };

  return { start, of, isOnItsWay, add, retry, cancel, up, down, close, stored, refused };
}
