/** What was written and not sent: one draft per person and conversation, kept in the browser's storage. */

/** What is kept of a message that is being written. */
export interface Draft {
  readonly text: string;
  /** The message that it answers. */
  readonly replyToId?: string;
}

/** The part of `Storage` that drafts need. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** The drafts of one person. Storage that is full, forbidden or absent loses drafts and harms nothing else. */
export interface Drafts {
  get(conversationId: string): Draft | undefined;
  /** Keeps `draft`; one without text is forgotten. */
  set(conversationId: string, draft: Draft): void;
  /** Forgets all of this person's drafts, e.g. at log-out. */
  clear(): void;
}

const PREFIX = 'chat-draft';

/** The drafts of `userId` in `storage`, by default the browser's own. */
export function draftsOf(userId: number | undefined, storage: DraftStorage | undefined = browserStorage()): Drafts {
  const prefix = `${PREFIX}:${userId ?? 'anyone'}:`;
  return {
    get: (conversationId) => attempt(() => parse(storage?.getItem(prefix + conversationId))),
    set(conversationId, draft) {
      attempt(() => {
        if (draft.text.trim() === '') storage?.removeItem(prefix + conversationId);
        else storage?.setItem(prefix + conversationId, JSON.stringify(draft));
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

function parse(kept: string | null | undefined): Draft | undefined {
  if (!kept) return undefined;
  const value: unknown = JSON.parse(kept);
  if (typeof value !== 'object' || value === null || !('text' in value) || typeof value.text !== 'string') return undefined;
  const replyToId = 'replyToId' in value && typeof value.replyToId === 'string' ? value.replyToId : undefined;
  return { text: value.text, ...(replyToId !== undefined && { replyToId }) };
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
