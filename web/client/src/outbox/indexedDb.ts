/** Entries in IndexedDB. */
import { createStore, del, set, values } from 'idb-keyval';
import type { OutboxEntry, OutboxStorage } from '../api/storage.js';

/** The entries of a database. */
export function openEntries(name = 'workconnect-chat-outbox'): Pick<OutboxStorage, 'load' | 'put' | 'delete'> {
  const store = createStore(name, 'entries');
  return {
    load: async (userId) => (await values<OutboxEntry>(store)).filter((entry) => entry.userId === userId),
    put: (entry) => set(entry.clientId, entry, store),
    delete: (clientId) => del(clientId, store),
  };
}
