/** Entries in memory and in a storage: memory knows better while something is being written. */
import type { OutboxEntry, OutboxStorage } from '../api/storage.js';
import type { ConversationId, UserId } from '../wire.js';
import { continueAfter } from './clientId.js';

/** Entries, where they are kept. */
export type Kept = ReturnType<typeof createKept>;

/** Nothing is known before `reload`. */
export function createKept(
  storage: OutboxStorage,
  log: (message: string, cause?: unknown) => void,
) {
  let entries = new Map<string, OutboxEntry>();
  const unsaved = new Set<string>();
  const forgotten = new Set<string>();
  /** What could not be written: it lives as long as the page. */
  const unkept = new Set<string>();
  /** The last write of each entry: they follow each other, those of different entries do not wait. */
  const writes = new Map<string, Promise<boolean>>();
  /** What was written while the storage was being read: memory knows better. */
  const reads = new Set<Set<string>>();

  const get = (clientId: string): OutboxEntry | undefined => entries.get(clientId);

  /** Whatever waits to be sent. */
  const some = (holds: (entry: OutboxEntry) => boolean): boolean => [...entries.values()].some(holds);

  /** Of one conversation, in the order in which they were written. */
  const of = (conversationId: ConversationId): OutboxEntry[] => {
    const all = [...entries.values()].filter((entry) => entry.conversationId === conversationId);
    return all.sort((one, other) => (one.clientId < other.clientId ? -1 : 1));
  };

  const conversations = (): Set<ConversationId> => new Set([...entries.values()].map((entry) => entry.conversationId));

  /** Whether it is still to be written for the first time, or again. */
  const isUnsaved = (clientId: string): boolean => unsaved.has(clientId);

  /** In memory alone, until it is saved. */
  const hold = (entry: OutboxEntry): void => {
    entries.set(entry.clientId, entry);
    unsaved.add(entry.clientId);
  };

  /** Adds or replaces. */
  const save = async (entry: OutboxEntry): Promise<void> => {
    const { clientId } = entry;
    hold(entry);
    const isKept = await follow(clientId, async () => {
      // What was stored or cancelled meanwhile is not brought back.
      if (entries.has(clientId)) await storage.put(entry);
    });
    unsaved.delete(clientId);
    if (!isKept) unkept.add(clientId);
  };

  const forget = async (clientId: string): Promise<void> => {
    entries.delete(clientId);
    forgotten.add(clientId);
    await follow(clientId, () => storage.delete(clientId));
    forgotten.delete(clientId);
  };

  /** Of memory alone: whoever has sent it removes it from the storage. */
  const drop = (clientId: string): void => {
    entries.delete(clientId);
  };

  /** Takes over what other tabs, or this page before, have left. */
  const reload = async (userId: UserId): Promise<void> => {
    const meanwhile = new Set<string>(writes.keys());
    reads.add(meanwhile);
    const loaded = await storage.load(userId).catch((cause: unknown) => log('The outbox is not kept.', cause));
    reads.delete(meanwhile);
    if (!loaded) return;
    const isOurs = (clientId: string): boolean => unsaved.has(clientId) || unkept.has(clientId) || meanwhile.has(clientId);
    const kept = loaded.filter(({ clientId }) => !isOurs(clientId) && !forgotten.has(clientId));
    const ours = [...entries.values()].filter((entry) => isOurs(entry.clientId));
    entries = new Map([...kept, ...ours].map((entry) => [entry.clientId, entry]));
    for (const entry of kept) continueAfter(entry.clientId);
  };

  /** A place that fails keeps nothing; sending goes on. */
  const follow = (clientId: string, write: () => Promise<void>): Promise<boolean> => {
    for (const meanwhile of reads) meanwhile.add(clientId);
    const before = writes.get(clientId);
    const done = (before ? before.then(write) : write()).then(
      () => true,
      (cause: unknown) => (log('The outbox is not kept.', cause), false),
    );
    writes.set(clientId, done);
    void done.then(() => {
      if (writes.get(clientId) === done) writes.delete(clientId);
    });
    return done;
  };
  return { get, some, of, conversations, isUnsaved, hold, save, forget, drop, reload };
}
