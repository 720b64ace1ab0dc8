/** The input below the messages: text, files, voice, emoji, replies and edits. */

import type { ConversationId } from '@workconnect/chat-client';
import { useEffect, useRef } from 'react';
import { useOtherPerson } from '../dialogs/useOtherPerson.js';
import { useConversationHandle } from '../hooks/useConversations.js';
import { useConnection } from '../hooks/useClient.js';
import { useStore } from '../hooks/useStore.js';
import { useText } from '../i18n/useText.js';
import { useRecorder } from '../voice/useRecorder.js';
import { VoiceRecorder } from '../laterParts.js';
import { ComposerRow } from './ComposerRow.js';
import { FileTray } from './FileTray.js';
import { Notices } from './Notices.js';
import { TargetBar } from './TargetBar.js';
import { useChosenFiles } from './useChosenFiles.js';
import { useComposer } from './useComposer.js';
import { useFileDrop } from './useFileDrop.js';
import { useVoiceMessage } from './useVoiceMessage.js';

/** Props of the input. */
export interface MessageInputProps {
  readonly conversationId: ConversationId;
  /** Why nothing can be written here, if so. That one was removed, or has blocked the other, is noticed without it. */
  readonly state?: 'blocked' | 'removed' | undefined;
  /** Which files are taken, as for `<input type="file">`; all by default. */
  readonly accept?: string;
  /** The operator's limit of a file; 25 MiB by default. */
  readonly maxFileBytes?: number;
  /** The operator's limit of a text in bytes of UTF-8; 16 KiB by default. */
  readonly maxContentBytes?: number;
  readonly autoFocus?: boolean;
}

/** The input of a conversation. */
export function MessageInput({ state, ...props }: MessageInputProps) {
  const { t } = useText();
  const handle = useConversationHandle(props.conversationId);
  const isGone = useStore(handle.error)?.code === 'not_found';
  const { isBlocked } = useOtherPerson(useStore(handle.conversation));
  const closed = isGone ? 'removed' : state ?? (isBlocked ? 'blocked' : undefined);
  if (closed) {
    return (
      <div className="chat-composer" data-state={closed}>
        <p className="chat-composer__closed">{t(closed === 'removed' ? 'removedComposer' : 'blockedComposer')}</p>
      </div>
    );
  }
  return <Composer key={props.conversationId} {...props} />;
}

function Composer({ conversationId, accept, maxFileBytes, maxContentBytes, autoFocus = false }: Omit<MessageInputProps, 'state'>) {
  const { t } = useText();
  const form = useRef<HTMLFormElement>(null);
  const { isLost } = useConnection();
  const composer = useComposer(conversationId, maxContentBytes);
  const voice = useVoiceMessage(conversationId);
  const recorder = useRecorder(voice.deliver);
  const chosen = useChosenFiles(composer.files, { accept, maxFileBytes });
  const isEditing = composer.target?.mode === 'edit';
  const hovering = useFileDrop(form, !isEditing, chosen.take);
  const recording = recorder.state.phase !== 'idle' && recorder.state.phase !== 'failed';
  const hasRecorded = useRef(false);
  useEffect(() => {
    hasRecorded.current ||= recording;
  }, [recording]);

  return (
    <form
      ref={form} className="chat-composer" data-dropping={hovering || undefined}
      onSubmit={(event) => {
        event.preventDefault();
        composer.submit();
      }}
    >
      {hovering && <div className="chat-drop" aria-hidden="true">{t('dropFiles')}</div>}
      <Notices composer={composer} chosen={chosen} recorder={recorder} />
      {composer.target && <TargetBar target={composer.target} onCancel={composer.clearTarget} />}
      {!isEditing && <FileTray items={composer.files.items} onRetry={composer.files.retry} onRemove={composer.files.remove} />}
      {!isEditing && <FileTray items={voice.items} onRetry={voice.retry} onRemove={voice.remove} />}
      {recording
        ? <VoiceRecorder recorder={recorder} />
        : <ComposerRow conversationId={conversationId} composer={composer} onFiles={chosen.take} onRecord={recorder.start} accept={accept} focus={hasRecorded.current ? 'voice' : autoFocus ? 'text' : undefined} />}
      {isLost && <p className="chat-composer__hint">{t('offlineComposer')}</p>}
    </form>
  );
}
