/** Places to keep the outbox. */
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

/** Kept in IndexedDB, for all tabs of an origin. What speaks to it is loaded when it is first needed. */
export function indexedDbStorage(name?: string): OutboxStorage {
  let opened: Promise<Pick<OutboxStorage, 'load' | 'put' | 'delete'>> | undefined;
  const kept = () => (opened ??= import('./indexedDb.js').then((module) => module.openEntries(name)));
  return {
    shared: true,
    load: async (userId) => (await kept()).load(userId),
    put: async (entry) => (await kept()).put(entry),
    delete: async (clientId) => (await kept()).delete(clientId),
  };
}

/** What this place offers. */
export function defaultStorage(): OutboxStorage {
  return typeof indexedDB === 'undefined' ? memoryStorage() : indexedDbStorage();
}
