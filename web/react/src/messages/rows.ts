/** Which messages belong together, where days begin, and where what is new begins. */

import type { MessageItem, Seq } from '@workconnect/chat-client';
import { dayKey } from '../i18n/dates.js';

/** A message with what its place says about it. The same object as long as that is so. */
export interface MessageRow {
  readonly item: MessageItem;
  /** A day begins with it. */
  readonly beginsDay: boolean;
  /** What is new begins with it. */
  readonly beginsNew: boolean;
  /** It follows a message of the same person closely. */
  readonly follows: boolean;
  /** Another message of the same person follows closely. */
  readonly isFollowed: boolean;
}

const CLOSE_MS = 5 * 60_000;

/** The rows of `items`. `newAfter`: what others said after this position is new. `hasOlder`: there is more before the first item. */
export function rowsOf(items: readonly MessageItem[], newAfter: Seq | null, hasOlder: boolean): MessageRow[] {
  const newIndex = newAfter === null ? -1 : items.findIndex((item) => isNews(item, newAfter));
  const isKnown = newIndex > 0 || !hasOlder;
  const rows: MessageRow[] = [];
  for (const [index, item] of items.entries()) {
    const before = items[index - 1];
    const beginsDay = !before || dayKey(before.message.created_at) !== dayKey(item.message.created_at);
    const beginsNew = index === newIndex && isKnown;
    const follows = !beginsDay && !beginsNew && before !== undefined && areClose(before, item);
    const last = rows.at(-1);
    if (follows && last) rows[rows.length - 1] = { ...last, isFollowed: true };
    rows.push({ item, beginsDay, beginsNew, follows, isFollowed: false });
  }
  return rows;
}

/** Whether somebody else said it after a position. */
export function isNews({ message, isMine }: MessageItem, after: Seq): boolean {
  return !isMine && message.seq !== null && message.seq > after && message.sender !== null;
}

function areClose(before: MessageItem, item: MessageItem): boolean {
  const sender = item.message.sender?.id;
  return sender !== undefined && sender === before.message.sender?.id
    && Date.parse(item.message.created_at) - Date.parse(before.message.created_at) < CLOSE_MS;
}

/** Takes over those rows of `before` that have not changed, so that what shows them is not rendered again. */
export function keepRows(before: readonly MessageRow[], rows: readonly MessageRow[]): MessageRow[] {
  const known = new Map(before.map((row) => [row.item.key, row]));
  return rows.map((row) => {
    const old = known.get(row.item.key);
    return old && isSame(old, row) ? old : row;
  });
}

function isSame(a: MessageRow, b: MessageRow): boolean {
  return a.item === b.item && a.beginsDay === b.beginsDay && a.beginsNew === b.beginsNew && a.follows === b.follows && a.isFollowed === b.isFollowed;
}

/** The position of the last stored message among `items`. */
export function lastSeq(items: readonly MessageItem[]): Seq {
  for (let index = items.length - 1; index >= 0; index -= 1) {
    const seq = items[index]?.message.seq;
    if (seq) return seq;
  }
  return 0;
}

const LINE_PX = 22;
const LINE_CHARACTERS = 60;

/** About how high a row is, in pixels. */
export function estimateHeight({ item: { message }, beginsDay, beginsNew, follows, isFollowed }: MessageRow): number {
  const lines = message.content.split('\n').reduce((sum, line) => sum + Math.ceil(line.length / LINE_CHARACTERS), 0);
  const extras = [beginsDay, beginsNew, message.reply_to, message.reactions.length > 0].filter(Boolean).length;
  return (follows ? 17 : 22) + (isFollowed ? 0 : 29) + lines * LINE_PX + extras * 34 + message.attachments.length * 160;
}
