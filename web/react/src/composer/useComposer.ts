/** Everything that an input for messages does, without looks: text, target, files, sending. */

import type { ConversationHandle, ConversationId, MessageItem } from '@workconnect/chat-client';
import { useState } from 'react';
import { useChatClient } from '../hooks/useClient.js';
import { useConversationHandle } from '../hooks/useConversations.js';
import { useTyping } from '../hooks/usePeople.js';
import { useText } from '../i18n/useText.js';
import { problemText } from '../i18n/problems.js';
import { useComposerTarget } from '../window/target.js';
import type { ComposerTarget } from '../window/target.js';
import { useDraft } from './useDraft.js';
import { useUploads } from './useUploads.js';
import type { ComposerUploads } from './useUploads.js';

/** The server's limit of a text, in bytes of UTF-8, unless the operator says otherwise. */
export const MAX_CONTENT_BYTES = 16 * 1024;

/** An input without looks. */
export interface ComposerView {
  readonly text: string;
  /** Changes the text and tells the others that one types. */
  readonly setText: (text: string) => void;
  readonly stopTyping: () => void;
  readonly target: ComposerTarget | null;
  /** Gives up the reply or the edit. */
  readonly clearTarget: () => void;
  /** Begins to edit one's newest message that can be edited; false if there is none. */
  readonly editLast: () => boolean;
  readonly files: ComposerUploads;
  /** By how many bytes the text is too long. */
  readonly excessBytes: number;
  readonly canSubmit: boolean;
  /** Sends or saves; false if there is nothing to send, or not yet. */
  readonly submit: () => boolean;
  /** Why the last edit was refused. */
  readonly problem: string | null;
  readonly clearProblem: () => void;
}

/** The input of one conversation. Give the component the conversation as `key`. */
export function useComposer(conversationId: ConversationId, maxBytes: number = MAX_CONTENT_BYTES): ComposerView {
  const client = useChatClient();
  const handle = useConversationHandle(conversationId);
  const { t } = useText();
  const { target, edit: beginEdit, clear } = useComposerTarget();
  const typing = useTyping(conversationId);
  const [draft, setDraft] = useDraft(conversationId);
  const [edited, setEdited] = useState<{ readonly key: string; readonly text: string }>();
  const [problem, setProblem] = useState<string | null>(null);
  const files = useUploads(client);

  const editing = target?.mode === 'edit' ? target.item : undefined;
  const text = !editing ? draft : edited?.key === editing.key ? edited.text : editing.message.content;
  const excessBytes = Math.max(0, bytesOf(text) - maxBytes);
  const isBlank = text.trim() === '';
  const hasContent = editing ? !isBlank || editing.message.attachments.length > 0 : !isBlank || files.ready.length > 0;
  const canSubmit = hasContent && excessBytes === 0 && (editing !== undefined || !files.isBusy);

  const save = (item: MessageItem) => {
    if (text !== item.message.content && item.message.id) {
      handle.edit(item.message.id, text).catch((error: unknown) => setProblem(t('actionFailed', { reason: problemText(t, error) })));
    }
  };
  const send = () => {
    const replyTo = target?.item.message.id;
    handle.send({ content: isBlank ? '' : text, ...(files.ready.length > 0 && { attachments: files.ready }), ...(replyTo && { replyTo }) });
    setDraft('');
    files.clear();
  };
  return {
    text,
    setText(next) {
      if (editing) return setEdited({ key: editing.key, text: next });
      setDraft(next);
      if (next === '') typing.stop();
      else typing.keystroke();
    },
    stopTyping: typing.stop,
    target,
    clearTarget() {
      setEdited(undefined);
      clear();
    },
    editLast() {
      const last = lastEditable(handle);
      if (last) beginEdit(last);
      return last !== undefined;
    },
    files,
    excessBytes,
    canSubmit,
    submit() {
      if (!canSubmit) return false;
      setProblem(null);
      if (editing) save(editing);
      else send();
      setEdited(undefined);
      clear();
      return true;
    },
    problem,
    clearProblem: () => setProblem(null),
  };
}

/** One's newest message that is stored, not deleted, and has a text. */
function lastEditable(handle: ConversationHandle): MessageItem | undefined {
  return handle.messages.get().items.findLast(({ isMine, message }) => isMine && message.id !== null && message.deleted_at === null && message.content !== '');
}

function bytesOf(text: string): number {
  return text.length * 3 <= MAX_CONTENT_BYTES ? text.length : new TextEncoder().encode(text).length;
}
