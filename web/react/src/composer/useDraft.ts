/** The text of a message that is being written, kept until it is sent. */

import type { ConversationId } from '@workconnect/chat-client';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useUserId } from '../hooks/useClient.js';
import { draftsOf } from './drafts.js';

const SAVE_AFTER_MS = 400;

/** The draft of a conversation and how to change it. It is saved a moment after the last change, and on leaving. */
export function useDraft(conversationId: ConversationId): readonly [string, (text: string) => void] {
  const userId = useUserId() ?? undefined;
  const drafts = useMemo(() => draftsOf(userId), [userId]);
  const [text, setText] = useState('');
  const unsaved = useRef<string | undefined>(undefined);

  useEffect(() => {
    const save = () => {
      if (unsaved.current !== undefined) drafts.set(conversationId, unsaved.current);
      unsaved.current = undefined;
    };
    // What was typed before it was known who types is worth more than what was kept.
    setText((typed) => typed || drafts.get(conversationId));
    window.addEventListener('pagehide', save);
    return () => {
      window.removeEventListener('pagehide', save);
      save();
    };
  }, [drafts, conversationId]);

  useEffect(() => {
    const timer = setTimeout(() => {
      if (unsaved.current !== undefined) drafts.set(conversationId, unsaved.current);
    }, SAVE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text, drafts, conversationId]);

  const change = useCallback((next: string) => {
    unsaved.current = next;
    setText(next);
  }, []);
  return [text, change];
}
