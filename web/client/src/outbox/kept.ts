/** Entries in memory and in a storage: memory knows better while something is being written. */
import type { OutboxEntry, OutboxStorage } from '../api/storage.js';
import type { ConversationId, UserId } from '../wire.js';
import { continueAfter } from './clientId.js';

export class Kept {
  #entries = new Map<string, OutboxEntry>();
  readonly #unsaved = new Set<string>();
  readonly #forgotten = new Set<string>();
  /** What could not be written: it lives as long as the page. */
  readonly #unkept = new Set<string>();
  /** The last write of each entry: they follow each other, those of different entries do not wait. */
  readonly #writes = new Map<string, Promise<boolean>>();
  /** What was written while the storage was being read: memory knows better. */
  readonly #reads = new Set<Set<string>>();

  constructor(
    private readonly storage: OutboxStorage,
    private readonly log: (message: string, cause?: unknown) => void,
  ) {}

  get(clientId: string): OutboxEntry | undefined {
    return this.#entries.get(clientId);
  }

  /** Whatever waits to be sent. */
  some(holds: (entry: OutboxEntry) => boolean): boolean {
    return [...this.#entries.values()].some(holds);
  }

  /** Of one conversation, in the order in which they were written. */
  of(conversationId: ConversationId): OutboxEntry[] {
    const all = [...this.#entries.values()].filter((entry) => entry.conversationId === conversationId);
    return all.sort((one, other) => (one.clientId < other.clientId ? -1 : 1));
  }

  conversations(): Set<ConversationId> {
    return new Set([...this.#entries.values()].map((entry) => entry.conversationId));
  }

  /** Whether it is still to be written for the first time, or again. */
  isUnsaved(clientId: string): boolean {
    return this.#unsaved.has(clientId);
  }

  /** In memory alone, until it is saved. */
  hold(entry: OutboxEntry): void {
    this.#entries.set(entry.clientId, entry);
    this.#unsaved.add(entry.clientId);
  }

  /** Adds or replaces. */
  async save(entry: OutboxEntry): Promise<void> {
    const { clientId } = entry;
    this.hold(entry);
    const isKept = await this.#write(clientId, async () => {
      // What was stored or cancelled meanwhile is not brought back.
      if (this.#entries.has(clientId)) await this.storage.put(entry);
    });
    this.#unsaved.delete(clientId);
    if (!isKept) this.#unkept.add(clientId);
  }

  async forget(clientId: string): Promise<void> {
    this.#entries.delete(clientId);
    this.#forgotten.add(clientId);
    await this.#write(clientId, () => this.storage.delete(clientId));
    this.#forgotten.delete(clientId);
  }

  /** Of memory alone: whoever has sent it removes it from the storage. */
  drop(clientId: string): void {
    this.#entries.delete(clientId);
  }

  /** Takes over what other tabs, or this page before, have left. */
  async reload(userId: UserId): Promise<void> {
    const meanwhile = new Set<string>(this.#writes.keys());
    this.#reads.add(meanwhile);
    const loaded = await this.storage.load(userId).catch((cause: unknown) => this.log('The outbox is not kept.', cause));
    this.#reads.delete(meanwhile);
    if (!loaded) return;
    const isOurs = (clientId: string): boolean => this.#unsaved.has(clientId) || this.#unkept.has(clientId) || meanwhile.has(clientId);
    const kept = loaded.filter(({ clientId }) => !isOurs(clientId) && !this.#forgotten.has(clientId));
    const ours = [...this.#entries.values()].filter((entry) => isOurs(entry.clientId));
    this.#entries = new Map([...kept, ...ours].map((entry) => [entry.clientId, entry]));
    for (const entry of kept) continueAfter(entry.clientId);
  }

  /** A place that fails keeps nothing; sending goes on. */
  #write(clientId: string, write: () => Promise<void>): Promise<boolean> {
    for (const meanwhile of this.#reads) meanwhile.add(clientId);
    const before = this.#writes.get(clientId);
    const done = (before ? before.then(write) : write()).then(
      () => true,
      (cause: unknown) => (this.log('The outbox is not kept.', cause), false),
    );
    this.#writes.set(clientId, done);
    void done.then(() => {
      if (this.#writes.get(clientId) === done) this.#writes.delete(clientId);
    });
    return done;
  }
}
