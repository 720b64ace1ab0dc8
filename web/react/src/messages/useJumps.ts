/** Scrolling to what was jumped to, and to what oneself has just said. */

import type { MessageId, MessageWindowState } from '@workconnect/chat-client';
import { useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import type { VirtualHistoryHandle } from '../primitives/VirtualHistory.js';

const SHOWN_MS = 2_500;

/** Targets that were scrolled to: a conversation that is opened again does not jump again. */
const done = new WeakSet<object>();

/** Scrolls when the window says so. Returns the message that was just jumped to, to make it stand out. */
export function useJumps({ target, items }: MessageWindowState, list: RefObject<VirtualHistoryHandle | null>): MessageId | undefined {
  const [found, setFound] = useState<MessageId>();
  useEffect(() => {
    const index = target && !done.has(target) ? items.findIndex(({ message }) => message.id === target.id) : -1;
    if (!target || index < 0) return;
    done.add(target);
    list.current?.scrollToRow(index);
    setFound(target.id);
  }, [target, items, list]);
  useEffect(() => {
    const timer = setTimeout(() => setFound(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [found, target]);
  useOwnMessages(items, list);
  return found;
}

/** What oneself says is always shown. */
function useOwnMessages(items: MessageWindowState['items'], list: RefObject<VirtualHistoryHandle | null>): void {
  const lastKey = useRef(items.at(-1)?.key);
  useEffect(() => {
    const last = items.at(-1);
    if (last?.key === lastKey.current) return;
    lastKey.current = last?.key;
    if (last?.isMine && (last.delivery === 'queued' || last.delivery === 'sending')) list.current?.scrollToEnd();
  }, [items, list]);
}
