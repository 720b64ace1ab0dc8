/** How far the reader has come: what is new, and what to tell the server as read. */

import type { Conversation, ConversationHandle, MessageItem, MessageWindowState, Seq, UserId } from '@workconnect/chat-client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useStore } from '../hooks/useStore.js';
import { isNews, lastSeq } from './rows.js';

/** How far the reader has come. */
export interface Reading {
  /** What others said after this position is shown as new; null before the messages have come. */
  readonly newAfter: Seq | null;
  /** How many of the messages that are held the reader has not seen yet. */
  readonly unseen: number;
  /** Tells that everything up to a position stands on the screen. */
  readonly see: (upTo: Seq) => void;
}

/** Follows the reader of a conversation. */
export function useReading(handle: ConversationHandle, window: MessageWindowState, userId: UserId | null): Reading {
  const { items } = window;
  const conversation = useStore(handle.conversation);
  const [start, setStart] = useState<Seq | null>(null);
  const [seen, setSeen] = useState<Seq | null>(null);
  const [newAfter, setNewAfter] = useState<Seq | null>(null);
  const marked = useRef<Seq>(0);
  if (start === null && items.length > 0 && conversation) {
    const read = readUpTo(handle, items, conversation, userId);
    setStart(read);
    setSeen(read);
    setNewAfter(read);
  }
  useLastSent(items, () => setNewAfter(lastSeq(items)));
  const see = useCallback((upTo: Seq) => {
    if (document.visibilityState === 'hidden') return;
    setSeen((before) => before !== null && before >= upTo ? before : upTo);
  }, []);
  useEffect(() => {
    if (seen === null || start === null || seen <= Math.max(marked.current, start)) return;
    marked.current = seen;
    handle.markRead(seen);
  }, [handle, seen, start]);
  useWhenHidden(() => setNewAfter(seen));
  const unseen = seen === null ? 0 : items.filter((item) => isNews(item, seen)).length;
  return { newAfter, unseen, see };
}

/** Up to where it was read before it was opened: as the server says, or counted back by how much is unread. */
function readUpTo(handle: ConversationHandle, items: readonly MessageItem[], conversation: Conversation, userId: UserId | null): Seq {
  const own = handle.readState.get().find((position) => position.userId === userId);
  const { unread_count: unread, last_seq: head } = conversation;
  if (unread === 0) return Math.max(head, lastSeq(items));
  const news = items.filter((item) => isNews(item, own?.upToSeq ?? 0));
  const first = news[Math.max(0, news.length - unread)]?.message.seq;
  return first ? first - 1 : own?.upToSeq ?? 0;
}

/** Calls `then` when the reader has said something. */
function useLastSent(items: readonly MessageItem[], then: () => void): void {
  const last = items.at(-1);
  const before = useRef(last);
  useEffect(() => {
    if (before.current && last && last.key !== before.current.key && last.isMine && last.delivery !== 'sent') then();
    before.current = last;
  });
}

/** Calls `then` when the page goes out of sight: what comes meanwhile is new. */
function useWhenHidden(then: () => void): void {
  const latest = useRef(then);
  useEffect(() => {
    latest.current = then;
  });
  useEffect(() => {
    const check = () => {
      if (document.visibilityState === 'hidden') latest.current();
    };
    document.addEventListener('visibilitychange', check);
    return () => document.removeEventListener('visibilitychange', check);
  }, []);
}
