/** What was written and not sent: one draft per person and conversation, kept in the browser's storage. */

/** The part of `Storage` that drafts need. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** The drafts of one person. Storage that is full, forbidden or absent loses drafts and harms nothing else. */
export interface Drafts {
  get(conversationId: string): string;
  /** Keeps `text`; a blank one is forgotten. */
  set(conversationId: string, text: string): void;
  /** Forgets all of this person's drafts, e.g. at log-out. */
  clear(): void;
}

const PREFIX = 'chat-draft';

/** The drafts of `userId` in `storage`, by default the browser's own. */
export function draftsOf(userId: number | undefined, storage: DraftStorage | undefined = browserStorage()): Drafts {
  const prefix = `${PREFIX}:${userId ?? 'anyone'}:`;
  return {
    get: (conversationId) => attempt(() => storage?.getItem(prefix + conversationId)) ?? '',
    set(conversationId, text) {
      attempt(() => {
        if (text.trim() === '') storage?.removeItem(prefix + conversationId);
        else storage?.setItem(prefix + conversationId, text);
      });
    },
    clear() {
      attempt(() => {
        for (const key of keysOf(storage)) if (key.startsWith(prefix)) storage?.removeItem(key);
      });
    },
  };
}

function keysOf(storage: DraftStorage | undefined): string[] {
  return Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? '');
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function browserStorage(): DraftStorage | undefined {
  return attempt(() => (typeof localStorage === 'undefined' ? undefined : localStorage));
}
