/** Settings of a conversation: what it is called, how it is shown to oneself, who takes part, and how to be rid of it. */

import type { ConversationId } from '@workconnect/chat-client';
import { useId, useState } from 'react';
import { useUserId } from '../hooks/useClient.js';
import { useConversation } from '../hooks/useConversations.js';
import { problemText } from '../i18n/problems.js';
import { useText } from '../i18n/useText.js';
import { Dialog } from '../primitives/Dialog.js';
import { Icon } from '../primitives/Icon.js';
import { EndActions } from './EndActions.js';
import { ParticipantList } from './ParticipantList.js';
import { rightsOf } from './permissions.js';
import { TitleField } from './TitleField.js';
import type { Person } from './useKnownPeople.js';

/** Props of the settings. */
export interface ConversationSettingsProps {
  readonly conversationId: ConversationId;
  readonly open: boolean;
  readonly onClose: () => void;
  /** One takes part no longer, or it was deleted or put away: show something else. */
  readonly onLeft?: () => void;
  /** Who may be added; by default the people of one's conversations. */
  readonly people?: readonly Person[];
}

/** The settings of a conversation. */
export function ConversationSettings({ open, onClose, ...props }: ConversationSettingsProps) {
  const titleId = useId();
  return (
    <Dialog open={open} onClose={onClose} className="chat chat-dialog chat-settings" aria-labelledby={titleId}>
      <Settings titleId={titleId} onClose={onClose} {...props} />
    </Dialog>
  );
}

/** Does something and says why it did not work. */
export type Attempt = (work: () => Promise<unknown>) => Promise<boolean>;

function Settings({ titleId, conversationId, onClose, onLeft, people }: Omit<ConversationSettingsProps, 'open'> & { readonly titleId: string }) {
  const { t } = useText();
  const userId = useUserId();
  const { conversation, handle } = useConversation(conversationId);
  const [problem, setProblem] = useState('');
  const attempt: Attempt = async (work) => {
    setProblem('');
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(t('actionFailed', { reason: problemText(t, error) }));
      return false;
    }
  };
  const rights = conversation && rightsOf(conversation, userId);
  return (
    <div className="chat-dialog__body">
      <div className="chat-settings__head">
        <h2 id={titleId} className="chat-dialog__title">{t('settings')}</h2>
        <button type="button" className="chat-icon-button" aria-label={t('close')} title={t('close')} onClick={onClose}><Icon name="close" /></button>
      </div>
      <p role="alert" className="chat-error">{problem}</p>
      {conversation && rights && (
        <>
          {rights.mayRename && <TitleField key={conversation.title} title={conversation.title ?? ''} onSave={(title) => attempt(() => handle.update({ title: title === '' ? null : title }))} />}
          <Switch label={t('settingsMuted')} checked={conversation.muted} onChange={(on) => void attempt(() => handle.mute(on))} />
          <Switch label={t('settingsArchived')} checked={conversation.archived} onChange={(on) => void attempt(() => handle.archive(on))} />
          <ParticipantList conversation={conversation} handle={handle} rights={rights} attempt={attempt} people={people} />
          <EndActions
            conversation={conversation} handle={handle} rights={rights} attempt={attempt}
            onLeft={() => {
              onClose();
              onLeft?.();
            }}
          />
        </>
      )}
      {!conversation && <span className="chat-spinner" />}
    </div>
  );
}

function Switch({ label, checked, onChange }: { readonly label: string; readonly checked: boolean; readonly onChange: (on: boolean) => void }) {
  return (
    <label className="chat-switch">
      <span>{label}</span>
      <input type="checkbox" role="switch" checked={checked} onChange={(event) => onChange(event.target.checked)} />
    </label>
  );
}
