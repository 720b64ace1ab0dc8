/** The row of the input: files, emoji, the text, voice or send. */

import type { ConversationId } from '@workconnect/chat-client';
import { useEffect, useId, useRef, useState } from 'react';
import type { ClipboardEvent, KeyboardEvent } from 'react';
import TextareaAutosize from 'react-textarea-autosize';
import { EmojiButton } from '../emoji/EmojiButton.js';
import { replaceRange } from '../emoji/shortcode.js';
import { optionId, SuggestionList } from '../emoji/SuggestionList.js';
import { useShortcodes } from '../emoji/useShortcodes.js';
import { useChatClient } from '../hooks/useClient.js';
import { useConversationHandle } from '../hooks/useConversations.js';
import { useStore } from '../hooks/useStore.js';
import { useText } from '../i18n/useText.js';
import { Icon } from '../primitives/Icon.js';
import { pastedFiles } from './files.js';
import type { ComposerView } from './useComposer.js';

/** Props of the row. */
export interface ComposerRowProps {
  readonly conversationId: ConversationId;
  readonly composer: ComposerView;
  readonly onFiles: (files: readonly File[]) => void;
  readonly onRecord: () => void;
  readonly accept: string | undefined;
  /** What takes the focus when the row appears. */
  readonly focus: 'text' | 'voice' | undefined;
}

/** The row of the input. */
export function ComposerRow({ conversationId, composer, onFiles, onRecord, accept, focus }: ComposerRowProps) {
  const { t } = useText();
  const client = useChatClient();
  const conversation = useStore(useConversationHandle(conversationId).conversation);
  const area = useRef<HTMLTextAreaElement>(null);
  const mic = useRef<HTMLButtonElement>(null);
  const listId = useId();
  const [caret, setCaret] = useState(0);
  const [active, setActive] = useState(0);
  const [dismissed, setDismissed] = useState('');
  const found = useShortcodes(composer.text, caret);
  const suggestions = found && found.query !== dismissed ? found : undefined;
  const targetKey = composer.target?.item.key;
  const isEditing = composer.target?.mode === 'edit';
  const showMic = composer.text === '' && !isEditing && composer.files.items.length === 0;

  useEffect(() => {
    if (targetKey !== undefined) focusAtEnd(area.current);
  }, [targetKey]);
  useEffect(() => {
    if (focus === 'text') focusAtEnd(area.current);
    if (focus === 'voice') mic.current?.focus();
    // It takes the focus when it appears, and not again.
  }, []);

  const put = (emoji: string, start: number, end: number) => {
    const next = replaceRange(composer.text, start, end, emoji);
    composer.setText(next.text);
    setCaret(next.caret);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(next.caret, next.caret);
    });
  };
  const choose = (emoji: string) => {
    if (suggestions) put(`${emoji} `, suggestions.start, caret);
  };
  const onSuggestionKey = (event: KeyboardEvent): boolean => {
    if (!suggestions) return false;
    const count = suggestions.emojis.length;
    if (event.key === 'ArrowDown') setActive((active + 1) % count);
    else if (event.key === 'ArrowUp') setActive((active + count - 1) % count);
    else if (event.key === 'Escape') setDismissed(suggestions.query);
    else if (event.key === 'Enter' || event.key === 'Tab') choose(suggestions.emojis[active]?.emoji ?? '');
    else return false;
    event.preventDefault();
    return true;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, its keys are its own; 229 is how Safari says so at the end.
    if (event.nativeEvent.isComposing || event.keyCode === 229 || onSuggestionKey(event)) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      composer.submit();
    } else if (event.key === 'ArrowUp' && composer.text === '' && !isEditing) {
      if (composer.editLast()) event.preventDefault();
    } else if (event.key === 'Escape' && composer.target) {
      event.preventDefault();
      event.stopPropagation();
      composer.clearTarget();
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = isEditing ? [] : pastedFiles(event.clipboardData);
    if (files.length === 0) return;
    event.preventDefault();
    onFiles(files);
  };
  return (
    <div className="chat-composer__row">
      {!isEditing && <AttachButton accept={accept} onFiles={onFiles} />}
      <div className="chat-composer__field">
        {suggestions && <SuggestionList id={listId} suggestions={suggestions} active={Math.min(active, suggestions.emojis.length - 1)} onChoose={choose} />}
        <TextareaAutosize
          ref={area} className="chat-composer__text" dir={composer.text === '' ? undefined : 'auto'} rows={1} maxRows={8} value={composer.text} enterKeyHint="send"
          placeholder={t('composerPlaceholder')} aria-label={conversation ? t('composer', { title: client.titleOf(conversation) }) : t('composerPlaceholder')}
          aria-invalid={composer.excessBytes > 0 || undefined} aria-autocomplete="list" aria-controls={suggestions ? listId : undefined}
          aria-activedescendant={suggestions ? optionId(listId, active) : undefined}
          onChange={(event) => {
            setActive(0);
            setDismissed('');
            setCaret(event.target.selectionEnd);
            composer.setText(event.target.value);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionEnd)} onKeyDown={onKeyDown} onPaste={onPaste} onBlur={composer.stopTyping}
        />
        <EmojiButton onSelect={(emoji) => put(emoji, area.current?.selectionStart ?? caret, area.current?.selectionEnd ?? caret)} />
      </div>
      {showMic ? (
        <button ref={mic} type="button" className="chat-icon-button" aria-label={t('recordVoice')} title={t('recordVoice')} onClick={onRecord}>
          <Icon name="mic" />
        </button>
      ) : (
        <button type="submit" className="chat-send" aria-label={isEditing ? t('save') : t('send')} title={isEditing ? t('save') : t('send')} aria-disabled={!composer.canSubmit}>
          <Icon name={isEditing ? 'check' : 'send'} />
        </button>
      )}
    </div>
  );
}

function AttachButton({ accept, onFiles }: { readonly accept: string | undefined; readonly onFiles: (files: readonly File[]) => void }) {
  const { t } = useText();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input} type="file" multiple hidden accept={accept} tabIndex={-1} aria-label={t('attach')} data-chat-file-input
        onChange={(event) => {
          onFiles(Array.from(event.target.files ?? []));
          event.target.value = '';
        }}
      />
      <button type="button" className="chat-icon-button" aria-label={t('attach')} title={t('attach')} onClick={() => input.current?.click()}>
        <Icon name="paperclip" />
      </button>
    </>
  );
}

function focusAtEnd(area: HTMLTextAreaElement | null): void {
  area?.focus();
  area?.setSelectionRange(area.value.length, area.value.length);
}
