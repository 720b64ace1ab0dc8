/** Places to keep the outbox. */
import { createStore, del, set, values, type UseStore } from 'idb-keyval';
import type { OutboxEntry, OutboxStorage } from '../api/storage.js';

/** Kept as long as the page. */
export function memoryStorage(): OutboxStorage {
  const entries = new Map<string, OutboxEntry>();
  return {
    shared: false,
    load: (userId) => Promise.resolve([...entries.values()].filter((entry) => entry.userId === userId)),
    put: (entry) => Promise.resolve(void entries.set(entry.clientId, entry)),
    delete: (clientId) => Promise.resolve(void entries.delete(clientId)),
  };
}

/** Kept in IndexedDB, for all tabs of an origin. */
export function indexedDbStorage(name = 'workconnect-chat-outbox'): OutboxStorage {
  let opened: UseStore | undefined;
  const store = (): UseStore => (opened ??= createStore(name, 'entries'));
  return {
    shared: true,
    load: async (userId) => (await values<OutboxEntry>(store())).filter((entry) => entry.userId === userId),
    put: (entry) => set(entry.clientId, entry, store()),
    delete: (clientId) => del(clientId, store()),
  };
}

/** What this place offers. */
export function defaultStorage(): OutboxStorage {
  return typeof indexedDB === 'undefined' ? memoryStorage() : indexedDbStorage();
}
