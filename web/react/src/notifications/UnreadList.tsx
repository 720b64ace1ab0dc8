/** What is unread and where: the panel of the bell. */

import type { Conversation, ConversationId } from '@workconnect/chat-client';
import { UnreadBadge } from '../conversations/ConversationRow.js';
import { faceOf, senderName, summaryOf } from '../conversations/describe.js';
import { useChatClient, useUserId } from '../hooks/useClient.js';
import { useConversations } from '../hooks/useConversations.js';
import { useText } from '../i18n/useText.js';
import { Avatar } from '../people/Avatar.js';
import { moveFocus } from '../primitives/roving.js';
import { useSlot } from '../slots/slots.js';

/** Props of the list. */
export interface UnreadListProps {
  /** A conversation was chosen: show it. */
  readonly onOpen: (conversationId: ConversationId) => void;
}

/** The unread conversations, newest activity first. */
export function UnreadList({ onOpen }: UnreadListProps) {
  const { t } = useText();
  const client = useChatClient();
  const { items, isLoading, hasMore, loadMore } = useConversations({ unread: true });
  return (
    <div className="chat-news">
      <div className="chat-news__head">
        <strong>{t('notifications')}</strong>
        {items.length > 0 && (
          <button type="button" className="chat-button" data-variant="link" onClick={() => items.forEach(({ id }) => client.conversation(id).markRead())}>
            {t('notificationsAllRead')}
          </button>
        )}
      </div>
      {items.length === 0 && <p className="chat-news__none" role="status">{isLoading ? t('searching') : t('notificationsNone')}</p>}
      {items.length > 0 && (
        <ul className="chat-news__list" onKeyDown={(event) => moveFocus(event, { items: '.chat-news__row' })}>
          {items.map((conversation) => <li key={conversation.id}><UnreadRow conversation={conversation} onOpen={onOpen} /></li>)}
        </ul>
      )}
      {hasMore && items.length > 0 && <button type="button" className="chat-button" onClick={loadMore}>{t('loadMore')}</button>}
    </div>
  );
}

function UnreadRow({ conversation, onOpen }: UnreadListProps & { readonly conversation: Conversation }) {
  const { t, dates } = useText();
  const client = useChatClient();
  const userId = useUserId();
  const Face = useSlot('Avatar', Avatar);
  const face = faceOf(conversation, userId);
  const { last_message: last, unread_count: count } = conversation;
  return (
    <button type="button" className="chat-news__row" onClick={() => onOpen(conversation.id)}>
      <Face id={face?.id ?? null} name={face?.name ?? ''} url={face?.avatar_url} size="sm" />
      <span className="chat-news__text">
        <span className="chat-news__title">{client.titleOf(conversation)}</span>
        {last && <span className="chat-news__last" dir="auto">{last.sender ? `${senderName(last, userId, t)}: ` : ''}{summaryOf(last, t)}</span>}
      </span>
      <span className="chat-news__side">
        {last && <time dateTime={last.created_at}>{dates.short(last.created_at)}</time>}
        <UnreadBadge count={count} isMuted={conversation.muted} />
      </span>
    </button>
  );
}
