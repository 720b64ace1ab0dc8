import { beforeEach, describe, expect, it } from 'vitest';
import { EMOJI_GROUPS, emojiOf, findEmoji } from './catalog.js';
import { recentEmoji, rememberEmoji } from './recent.js';
import { openShortcode, replaceRange } from './shortcode.js';

describe('the catalogue', () => {
  it('has emoji of each group', () => {
    for (const group of EMOJI_GROUPS) expect(emojiOf(group).length).toBeGreaterThan(50);
    expect(emojiOf('smileys')[0]).toMatchObject({ emoji: '😀', label: 'grinning face', shortcodes: ['grinning'] });
    expect(emojiOf('flags').length).toBe(new Set(emojiOf('flags').map(({ emoji }) => emoji)).size);
  });

  it('finds by shortcode before name before tag', () => {
    expect(findEmoji('tada', 5)[0]?.emoji).toBe('🎉');
    expect(findEmoji(':+1:', 1)[0]?.emoji).toBe('\u{1F44D}');
    expect(findEmoji('heart', 1)[0]?.emoji).toBe('\u{2764}\u{FE0F}');
    expect(findEmoji('party', 10).map(({ emoji }) => emoji)).toContain('🎉');
    expect(findEmoji('', 5)).toEqual([]);
    expect(findEmoji('a', 7)).toHaveLength(7);
  });
});

describe('recent emoji', () => {
  beforeEach(() => localStorage.clear());

  it('come newest first, each once', () => {
    for (const emoji of ['👍', '🎉', '👍']) rememberEmoji(emoji);
    expect(recentEmoji()).toEqual(['👍', '🎉']);
    localStorage.setItem('chat-recent-emoji', 'no json');
    expect(recentEmoji()).toEqual([]);
  });
});

describe('shortcodes', () => {
  it('are open after a colon that begins a word, with two signs or more', () => {
    expect(openShortcode('well :ta', 8)).toEqual({ query: 'ta', start: 5 });
    expect(openShortcode(':TA', 3)).toEqual({ query: 'ta', start: 0 });
    for (const text of ['well :t', '12:30', 'http://a', ':tada: ', 'well :']) expect(openShortcode(text, text.length)).toBeUndefined();
    expect(openShortcode('well :tada', 4)).toBeUndefined();
  });

  it('give way to what was chosen', () => {
    expect(replaceRange('well :ta done', 5, 8, '🎉')).toEqual({ text: 'well 🎉 done', caret: 7 });
  });
});
