/** What a conversation looks like in the list. */

import { useChatClient, useUserId } from '../hooks/useClient.js';
import { useConversationHandle } from '../hooks/useConversations.js';
import { useStore } from '../hooks/useStore.js';
import { useText } from '../i18n/useText.js';
import { Avatar } from '../people/Avatar.js';
import { Icon } from '../primitives/Icon.js';
import type { ConversationRowProps } from '../slots/props.js';
import { useSlot } from '../slots/slots.js';
import { faceOf, senderName, summaryOf } from './describe.js';

/** Picture, title, job, the last message and what is unread. */
export function ConversationRow({ conversation }: ConversationRowProps) {
  const client = useChatClient();
  const userId = useUserId();
  const { t, dates } = useText();
  const Face = useSlot('Avatar', Avatar);
  const face = faceOf(conversation, userId);
  const { job, last_message: last, unread_count: unread, muted } = conversation;
  return (
    <>
      <Face id={face?.id ?? null} name={face?.name ?? ''} url={face?.avatar_url} showPresence={conversation.kind !== 'group'} />
      <span className="chat-row__body">
        <span className="chat-row__line">
          <span className="chat-row__title chat-line" dir="auto">{client.titleOf(conversation)}</span>
          {muted && <span className="chat-row__marks"><Icon name="bellOff" /><span className="chat-sr-only">{t('muted')}</span></span>}
          <time className="chat-row__time" dateTime={last?.created_at ?? conversation.created_at}>{dates.short(last?.created_at ?? conversation.created_at)}</time>
        </span>
        {job && (
          <span className="chat-row__job">
            <Icon name="briefcase" />
            <span className="chat-sr-only">{t('job')}: </span>
            <span className="chat-line" dir="auto">{job.title ?? job.id}</span>
            {job.status && <span className="chat-status">{job.status}</span>}
          </span>
        )}
        <span className="chat-row__line">
          <Preview conversation={conversation} />
          {unread > 0 && <UnreadBadge count={unread} isMuted={muted} />}
        </span>
      </span>
    </>
  );
}

function Preview({ conversation: { id, kind, last_message: last } }: ConversationRowProps) {
  const { t } = useText();
  const userId = useUserId();
  const typing = useStore(useConversationHandle(id).typing);
  if (typing.length > 0) return <span className="chat-row__preview chat-row__typing">{t('typingShort')}</span>;
  if (!last) return <span className="chat-row__preview" />;
  const isMine = last.sender?.id === userId;
  const prefix = last.sender && (isMine || kind === 'group') ? `${senderName(last, userId, t)}: ` : '';
  return <span className="chat-row__preview chat-line" dir="auto">{prefix}{summaryOf(last, t)}</span>;
}

/** How much is unread. Of a muted conversation it does not stand out. */
export function UnreadBadge({ count, isMuted = false }: { readonly count: number; readonly isMuted?: boolean }) {
  const { t } = useText();
  return (
    <span className="chat-badge" data-muted={isMuted || undefined}>
      <span aria-hidden="true">{count > 99 ? '99+' : count}</span>
      <span className="chat-sr-only">{t('unreadCount', { count })}</span>
    </span>
  );
}
