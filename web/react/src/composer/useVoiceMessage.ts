/** Recordings on their way: each is uploaded and then sent by itself, also when one has gone to another conversation meanwhile. */

import type { Attachment, ConversationId } from '@workconnect/chat-client';
import { useReducer, useRef } from 'react';
import { useChatClient } from '../hooks/useClient.js';
import { useConversationHandle } from '../hooks/useConversations.js';
import { problemText } from '../i18n/problems.js';
import { useText } from '../i18n/useText.js';
import { useComposerTarget } from '../window/target.js';
import { uploads } from './uploads.js';
import type { UploadItem } from './uploads.js';

/** Recordings that are not sent yet. */
export interface VoiceMessages {
  readonly items: readonly UploadItem<Attachment>[];
  readonly deliver: (recorded: File) => void;
  readonly retry: (key: string) => void;
  /** Gives it up, unless it is sent already. */
  readonly remove: (key: string) => void;
}

const NONE: readonly UploadItem<Attachment>[] = [];
let keys = 0;

/** Uploads and sends recordings. */
export function useVoiceMessage(conversationId: ConversationId): VoiceMessages {
  const { t } = useText();
  const { files } = useChatClient();
  const handle = useConversationHandle(conversationId);
  const { target, clear } = useComposerTarget();
  const [items, dispatch] = useReducer(uploads<Attachment>, NONE);
  const removed = useRef(new Set<string>());
  const replies = useRef(new Map<string, string>());

  const deliver = (key: string, recorded: File, replyTo: string | undefined) => {
    // Held open until it is sent: the person may have left the conversation by then.
    const letGo = handle.open();
    const upload = files.upload(recorded);
    dispatch({ type: 'began', key });
    upload.subscribe(() => dispatch({ type: 'progress', key, progress: upload.get().progress }));
    upload.attachment.then((attachment) => {
      if (!removed.current.has(key)) handle.send({ content: '', attachments: [attachment], ...(replyTo && { replyTo }) });
      dispatch({ type: 'remove', key });
    }, (error: unknown) => dispatch({ type: 'failed', key, reason: problemText(t, error) })).finally(letGo);
  };
  return {
    items,
    deliver(recorded) {
      const key = `voice-${keys += 1}`;
      const replyTo = target?.mode === 'reply' ? target.item.message.id ?? undefined : undefined;
      if (replyTo) replies.current.set(key, replyTo);
      dispatch({ type: 'add', files: [{ key, file: recorded }] });
      deliver(key, recorded, replyTo);
      clear();
    },
    retry(key) {
      const item = items.find((other) => other.key === key);
      if (!item) return;
      dispatch({ type: 'retry', key });
      deliver(key, item.file, replies.current.get(key));
    },
    remove(key) {
      removed.current.add(key);
      dispatch({ type: 'remove', key });
    },
  };
}
