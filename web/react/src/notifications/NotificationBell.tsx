/** The bell: how much is unread in all, and where. */

import type { ConversationId } from '@workconnect/chat-client';
import { PopoverButton } from '../dialogs/PopoverButton.js';
import { useUnreadCount } from '../hooks/useConversations.js';
import { useText } from '../i18n/useText.js';
import { Icon } from '../primitives/Icon.js';
import { later } from '../primitives/later.js';

const UnreadList = later(async () => (await import('./UnreadList.js')).UnreadList);

/** Props of the bell. */
export interface NotificationBellProps {
  /** A conversation was chosen: show it. */
  readonly onOpen: (conversationId: ConversationId) => void;
}

/** A bell with the number of unread messages; it opens the list of unread conversations. */
export function NotificationBell({ onOpen }: NotificationBellProps) {
  const { t } = useText();
  const total = useUnreadCount();
  const label = total === 0 ? t('notifications') : t('notificationsUnread', { count: total });
  const icon = (
    <>
      <Icon name="bell" />
      {total > 0 && <span className="chat-badge chat-bell__badge" aria-hidden="true">{total > 99 ? '99+' : total}</span>}
    </>
  );
  return (
    <PopoverButton label={label} panelLabel={t('notifications')} className="chat-icon-button chat-bell" panelClassName="chat-bell__panel" icon={icon}>
      {(close) => (
        <UnreadList
          onOpen={(id) => {
            close();
            onOpen(id);
          }}
        />
      )}
    </PopoverButton>
  );
}
