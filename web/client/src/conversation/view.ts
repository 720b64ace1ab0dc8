/** What a message list shows: what is stored, what is not yet, who has read it, how one reacts. */
import type { MessageItem, StoredMessage } from '../api/messages.js';
import type { OutboxEntry } from '../api/storage.js';
import type { Outbox } from '../outbox/outbox.js';
import type { Rows } from '../rows.js';
import type { ConversationId, Message, Sender, Seq, UserId } from '../wire.js';
import { Items, type Echo } from './items.js';
import type { WantedReactions } from './reactions.js';
import { Reads } from './reads.js';

/** What a view needs. */
export interface ViewContext {
  readonly rows: Rows;
  readonly outbox: Outbox;
  readonly me: () => UserId | null;
}

export class View {
  readonly reads = new Reads();
  /** One's own reactions, since the first. */
  wanted: WantedReactions | undefined;
  readonly #items = new Items();
  #echoes: readonly Echo[] = [];
  #sender: Sender | undefined;

  constructor(
    private readonly id: ConversationId,
    private readonly context: ViewContext,
  ) {}

  compose(messages: readonly Message[]): MessageItem[] {
    const { me, outbox } = this.context;
    return this.#items.compose({
      me: me(),
      sender: this.#self(),
      messages: messages.map((message) => this.wanted?.shown(message) ?? message),
      echoes: this.#echoes,
      entries: outbox.of(this.id),
      isOnItsWay: (entry) => outbox.isOnItsWay(entry),
      readersOf: (message) => this.reads.readersOf(message.seq, message.sender?.id ?? null),
    });
  }

  /** A message has its place; its event comes later. */
  echo(stored: { entry: OutboxEntry; as: StoredMessage }): void {
    this.#echoes = [...this.#echoes, stored];
  }

  /** Events up to here have come. */
  passed(seq: Seq): void {
    this.#echoes = this.#echoes.filter(({ as }) => as.seq > seq);
  }

  /** What is in the history is stored, whether or not anybody answered. */
  acknowledge(messages: readonly Message[]): void {
    const { me, outbox } = this.context;
    const pending = new Set(outbox.of(this.id).map((entry) => entry.clientId));
    if (pending.size === 0) return;
    for (const message of messages) {
      const { client_id: clientId, sender } = message;
      if (pending.has(clientId ?? '') && sender?.id === me()) outbox.stored(this.id, clientId, message);
    }
  }

  clear(): void {
    this.reads.clear();
    this.#echoes = [];
  }

  /** How others see the person, as far as the row says it. */
  #self(): Sender | null {
    const me = this.context.me();
    if (me === null) return null;
    const row = this.context.rows.get(this.id)?.participants.find((one) => one.id === me);
    const name = row?.name ?? '';
    // The same object as long as it says the same, so that rows stay the same.
    if (this.#sender?.id !== me || this.#sender.name !== name) {
      this.#sender = { id: me, name, avatar_url: row?.avatar_url ?? null, role: row?.user_role ?? 'client' };
    }
    return this.#sender;
  }
}
