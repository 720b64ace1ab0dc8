/** The top of a conversation: with whom, about which job, and what can be done with it. */

import { faceOf } from '../conversations/describe.js';
import { useChatClient, useUserId } from '../hooks/useClient.js';
import { usePresence } from '../hooks/usePeople.js';
import { useText } from '../i18n/useText.js';
import { useMessageDeeds } from '../messages/actions.js';
import { Avatar } from '../people/Avatar.js';
import { Icon } from '../primitives/Icon.js';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '../primitives/Menu.js';
import type { HeaderProps } from '../slots/props.js';
import { useSlot } from '../slots/slots.js';

/** Title, people, job and menu. */
export function ChatHeader({ conversation, handle, onBack, onSearch }: HeaderProps) {
  const { t } = useText();
  const client = useChatClient();
  const userId = useUserId();
  const Face = useSlot('Avatar', Avatar);
  const face = faceOf(conversation, userId);
  const isPair = conversation.kind !== 'group';
  return (
    <header className="chat-header">
      {onBack && <button type="button" className="chat-icon-button chat-header__back" aria-label={t('back')} onClick={onBack}><Icon name="back" /></button>}
      <Face id={face?.id ?? null} name={face?.name ?? ''} url={face?.avatar_url} showPresence={isPair} />
      <div className="chat-header__text">
        <h2 className="chat-header__title chat-line" dir="auto">{client.titleOf(conversation)}</h2>
        <div className="chat-header__detail">
          <Job job={conversation.job} />
          {isPair ? <OtherStatus id={face?.id} lastSeen={face?.last_seen ?? null} /> : <span>{t('participants', { count: conversation.participant_count })}</span>}
        </div>
      </div>
      <div className="chat-header__actions">
        {onSearch && <button type="button" className="chat-icon-button" aria-label={t('searchInConversation')} title={t('searchInConversation')} onClick={onSearch}><Icon name="search" /></button>}
        <Options conversation={conversation} handle={handle} />
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

function OtherStatus({ id, lastSeen }: { readonly id: number | undefined; readonly lastSeen: string | null }) {
  const { t, dates } = useText();
  const row = usePresence(id === undefined ? [] : [id]).get(id ?? 0);
  const seen = row?.last_seen ?? lastSeen;
  if (row?.status === 'online') return <span>{t('statusOnline')}</span>;
  if (row?.status === 'away') return <span>{t('statusAway')}</span>;
  return seen ? <span title={dates.full(seen)}>{t('lastSeen', { ago: dates.ago(seen) })}</span> : null;
}

function Options({ conversation: { muted, archived }, handle }: Pick<HeaderProps, 'conversation' | 'handle'>) {
  const { t } = useText();
  const { run } = useMessageDeeds();
  return (
    <Menu>
      <MenuTrigger className="chat-icon-button" aria-label={t('conversationMenu')} title={t('conversationMenu')}><Icon name="more" /></MenuTrigger>
      <MenuContent className="chat-menu">
        <MenuItem className="chat-menu__item" onSelect={() => run(handle.mute(!muted))}><Icon name={muted ? 'bell' : 'bellOff'} />{t(muted ? 'unmute' : 'mute')}</MenuItem>
        <MenuItem className="chat-menu__item" onSelect={() => run(handle.archive(!archived))}><Icon name="archive" />{t(archived ? 'unarchive' : 'archive')}</MenuItem>
      </MenuContent>
    </Menu>
  );
}
