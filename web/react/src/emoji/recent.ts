/** The emoji that somebody chose last, kept in the browser's storage. */

const KEY = 'chat-recent-emoji';
const MOST = 18;

/** The newest first. Without storage there are none. */
export function recentEmoji(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((emoji) => typeof emoji === 'string').slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** Remembers that `emoji` was chosen. */
export function rememberEmoji(emoji: string): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([emoji, ...recentEmoji().filter((other) => other !== emoji)].slice(0, MOST)));
  } catch {
    // Storage that is full or forbidden: the next visit begins without them.
  }
}
