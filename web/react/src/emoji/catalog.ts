/** The emoji that there are, and finding among them. Comes with the picker, apart from the rest of the package. */
import { EMOJI_TABLE } from './table.js';

/** One emoji and what it is found by. */
export interface Emoji {
  readonly emoji: string;
  readonly label: string;
  readonly shortcodes: readonly string[];
  readonly tags: readonly string[];
}

/** The groups' keys, in the order of the table. */
export const EMOJI_GROUPS = [
  'smileys', 'people', 'nature', 'food', 'travel', 'activities', 'objects', 'symbols', 'flags',
] as const;

/** A group of emoji. */
export type EmojiGroup = (typeof EMOJI_GROUPS)[number];

const parsed = new Map<EmojiGroup, readonly Emoji[]>();

/** The emoji of a group. */
export function emojiOf(group: EmojiGroup): readonly Emoji[] {
  const known = parsed.get(group);
  if (known) return known;
  const rows = EMOJI_TABLE[EMOJI_GROUPS.indexOf(group)]?.split('\n') ?? [];
  const emojis = rows.map(parseRow);
  parsed.set(group, emojis);
  return emojis;
}

function parseRow(row: string): Emoji {
  const [emoji = '', label = '', shortcodes = '', tags = ''] = row.split('|');
  return { emoji, label, shortcodes: wordsOf(shortcodes), tags: wordsOf(tags) };
}

/** What fits `query`, the best first: whole shortcodes, then beginnings of shortcodes, of names' words, of tags. */
export function findEmoji(query: string, limit: number): Emoji[] {
  const wanted = query.trim().toLowerCase().replaceAll(':', '');
  if (wanted === '') return [];
  const found: { emoji: Emoji; rank: number }[] = [];
  for (const group of EMOJI_GROUPS) {
    for (const emoji of emojiOf(group)) {
      const rank = rankOf(emoji, wanted);
      if (rank > 0) found.push({ emoji, rank });
    }
  }
  return found.sort((a, b) => b.rank - a.rank).slice(0, limit).map(({ emoji }) => emoji);
}

function rankOf(emoji: Emoji, wanted: string): number {
  if (emoji.emoji === wanted || emoji.shortcodes.includes(wanted)) return 5;
  if (emoji.shortcodes.some((code) => code.startsWith(wanted))) return 4;
  const label = emoji.label.toLowerCase();
  if (label.startsWith(wanted)) return 3;
  if (label.includes(` ${wanted}`)) return 2;
  return emoji.tags.some((tag) => tag.startsWith(wanted)) ? 1 : 0;
}

function wordsOf(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}
