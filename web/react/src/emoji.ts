'use client';
/** The emoji picker with its emoji, apart from the rest because of its size: import it lazily. */

export { EmojiPicker } from './emoji/EmojiPicker.js';
export type { EmojiPickerProps } from './emoji/EmojiPicker.js';
export { findEmoji } from './emoji/catalog.js';
export type { Emoji } from './emoji/catalog.js';
