/** Everything: the list beside the window, or one of them where there is no room. */

import type { ConversationId } from '@workconnect/chat-client';
import { useState } from 'react';
import { ConversationList } from '../conversations/ConversationList.js';
import type { ConversationListProps } from '../conversations/ConversationList.js';
import { useText } from '../i18n/useText.js';
import { EmptyState } from '../people/EmptyState.js';
import { Announcer } from '../primitives/Announcer.js';
import { SlotsScope, useSlot } from '../slots/slots.js';
import { ChatWindow } from './ChatWindow.js';
import type { ChatWindowProps } from './ChatWindow.js';

/** Props of the inbox. With `selectedId` you say which conversation is open, else it keeps that itself. */
export interface ChatInboxProps extends Pick<ConversationListProps, 'query' | 'actions' | 'components'>, Pick<ChatWindowProps, 'onSearch'> {
  /** The open conversation; null for none. */
  readonly selectedId?: ConversationId | null;
  readonly onSelect?: (id: ConversationId | null) => void;
}

/** List and window. Give it a height. */
export function ChatInbox({ selectedId, onSelect, onSearch, components, ...list }: ChatInboxProps) {
  const [own, setOwn] = useState<ConversationId | null>(null);
  const open = selectedId === undefined ? own : selectedId;
  const select = (id: ConversationId | null) => {
    setOwn(id);
    onSelect?.(id);
  };
  return (
    <SlotsScope components={components}>
      <Announcer>
        <div className="chat chat-inbox">
          <div className="chat-inbox__panes" data-view={open ? 'window' : 'list'}>
            <ConversationList {...list} selectedId={open ?? undefined} onSelect={select} />
            {open ? <ChatWindow conversationId={open} onBack={() => select(null)} onLeft={() => select(null)} onSearch={onSearch} /> : <NothingOpen />}
          </div>
        </div>
      </Announcer>
    </SlotsScope>
  );
}

function NothingOpen() {
  const { t } = useText();
  const Empty = useSlot('EmptyState', EmptyState);
  return <div className="chat-messages__state"><Empty title={t('openConversation')} hint={t('openConversationHint')} /></div>;
}
