/** Entries in IndexedDB. Each write is a transaction that is committed at once: it survives a page that is closed in the next moment. */
import type { OutboxEntry, OutboxStorage } from '../api/storage.js';

const STORE = 'entries';

/** The entries of a database. */
export function openEntries(name = 'workconnect-chat-outbox'): Pick<OutboxStorage, 'load' | 'put' | 'delete'> {
  let opened: Promise<IDBDatabase> | undefined;
  const run = async <T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const database = await (opened ??= open(name, () => (opened = undefined)));
    const transaction = database.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    transaction.commit();
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error('Aborted.'));
    });
  };
  return {
    load: async (userId) => (await run<OutboxEntry[]>('readonly', (store) => store.getAll())).filter((entry) => entry.userId === userId),
    put: async (entry) => void (await run('readwrite', (store) => store.put(entry, entry.clientId))),
    delete: (clientId) => run('readwrite', (store) => store.delete(clientId)),
  };
}

/** The database; it is opened anew after the browser has closed it, or could not open it. */
function open(name: string, onGone: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onerror = () => {
      onGone();
      reject(request.error ?? new Error('Not opened.'));
    };
    request.onsuccess = () => {
      const database = request.result;
      database.onclose = onGone;
      // Another tab wants it away, or newer.
      database.onversionchange = () => {
        database.close();
        onGone();
      };
      resolve(database);
    };
  });
}
