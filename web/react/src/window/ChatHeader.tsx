/** The top of a conversation: with whom, about which job, and what can be done with it. */

import { useState } from 'react';
import { faceOf } from '../conversations/describe.js';
import { ConversationSettings } from '../laterParts.js';
import { useChatClient, useUserId } from '../hooks/useClient.js';
import { useText } from '../i18n/useText.js';
import { useMessageDeeds } from '../messages/actions.js';
import { Avatar } from '../people/Avatar.js';
import { Icon } from '../primitives/Icon.js';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '../primitives/Menu.js';
import { UserPresence } from '../presence/UserPresence.js';
import type { HeaderProps } from '../slots/props.js';
import { useSlot } from '../slots/slots.js';

/** Title, people, job and menu. */
export function ChatHeader({ conversation, handle, onBack, onSearch, onLeft }: HeaderProps) {
  const { t } = useText();
  const client = useChatClient();
  const userId = useUserId();
  const Face = useSlot('Avatar', Avatar);
  const face = faceOf(conversation, userId);
  const isPair = conversation.kind !== 'group';
  return (
    <header className="chat-header">
      {onBack && <button type="button" className="chat-icon-button chat-header__back" aria-label={t('back')} onClick={onBack}><Icon name="back" /></button>}
      <Face id={face?.id ?? null} name={face?.name ?? ''} url={face?.avatar_url} />
      <div className="chat-header__text">
        <h2 className="chat-header__title chat-line" dir="auto">{client.titleOf(conversation)}</h2>
        <div className="chat-header__detail">
          <Job job={conversation.job} />
          {isPair ? face && <UserPresence userId={face.id} showLastSeen /> : <span>{t('participants', { count: conversation.participant_count })}</span>}
        </div>
      </div>
      <div className="chat-header__actions">
        {onSearch && <button type="button" className="chat-icon-button" aria-label={t('searchInConversation')} title={t('searchInConversation')} onClick={onSearch}><Icon name="search" /></button>}
        <Options conversation={conversation} handle={handle} onLeft={onLeft} />
      </div>
    </header>
  );
}

function Job({ job }: Pick<HeaderProps['conversation'], 'job'>) {
  const { t } = useText();
  if (!job) return null;
  const content = (
    <>
      <Icon name="briefcase" /><span className="chat-sr-only">{t('job')}: </span><span className="chat-line" dir="auto">{job.title ?? job.id}</span>
      {job.status && <span className="chat-status">{job.status}</span>}
    </>
  );
  return job.url ? <a className="chat-header__job" href={job.url}>{content}</a> : <span className="chat-header__job">{content}</span>;
}

function Options({ conversation: { id, muted, archived }, handle, onLeft }: Pick<HeaderProps, 'conversation' | 'handle' | 'onLeft'>) {
  const { t } = useText();
  const { run } = useMessageDeeds();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Menu>
        <MenuTrigger className="chat-icon-button" aria-label={t('conversationMenu')} title={t('conversationMenu')}><Icon name="more" /></MenuTrigger>
        <MenuContent className="chat-menu">
          <MenuItem className="chat-menu__item" onSelect={() => run(handle.mute(!muted))}><Icon name={muted ? 'bell' : 'bellOff'} />{t(muted ? 'unmute' : 'mute')}</MenuItem>
          <MenuItem className="chat-menu__item" onSelect={() => run(handle.archive(!archived))}><Icon name="archive" />{t(archived ? 'unarchive' : 'archive')}</MenuItem>
          <MenuItem className="chat-menu__item" onSelect={() => setIsOpen(true)}><Icon name="users" />{t('settings')}</MenuItem>
        </MenuContent>
      </Menu>
      <ConversationSettings
        conversationId={id} open={isOpen} onClose={() => setIsOpen(false)}
        onLeft={() => {
          setIsOpen(false);
          onLeft?.();
        }}
      />
    </>
  );
}
