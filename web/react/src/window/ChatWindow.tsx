/** One conversation: its header, its messages, who types, the input, and the search beside them. */

import type { ConversationHandle, ConversationId } from '@workconnect/chat-client';
import { useState } from 'react';
import { MessageInput } from '../composer/MessageInput.js';
import { ConnectionBanner } from '../connection/ConnectionBanner.js';
import { useChatClient } from '../hooks/useClient.js';
import { useConversation } from '../hooks/useConversations.js';
import { useText } from '../i18n/useText.js';
import { MessageDeedsScope } from '../messages/actions.js';
import { MessageList } from '../messages/MessageList.js';
import { TypingIndicator } from '../presence/TypingIndicator.js';
import { Announcer } from '../primitives/Announcer.js';
import { usePreload } from '../primitives/later.js';
import { SearchPanel } from '../laterParts.js';
import type { ChatSlots, HeaderProps } from '../slots/props.js';
import { SlotsScope, useSlot } from '../slots/slots.js';
import { ChatHeader } from './ChatHeader.js';
import { ComposerTargetScope } from './target.js';

/** Props of a window. */
export interface ChatWindowProps extends Pick<HeaderProps, 'onBack' | 'onLeft'> {
  readonly conversationId: ConversationId;
  /** Opens a search of your own; by default the window has one. */
  readonly onSearch?: ((id: ConversationId) => void) | undefined;
  readonly components?: Partial<ChatSlots>;
}

/** One conversation, with everything that is done in it. Give it a height. */
export function ChatWindow({ components, ...props }: ChatWindowProps) {
  return (
    <SlotsScope components={components}>
      <Announcer>
        <ComposerTargetScope key={props.conversationId}>
          <Window {...props} />
        </ComposerTargetScope>
      </Announcer>
    </SlotsScope>
  );
}

function Window({ conversationId, onSearch, ...header }: Omit<ChatWindowProps, 'components'>) {
  const { t } = useText();
  const client = useChatClient();
  const { conversation, error, handle } = useConversation(conversationId);
  const [isSearching, setIsSearching] = useState(false);
  usePreload();
  const Input = useSlot('Composer', MessageInput);
  const Typing = useSlot('Typing', TypingIndicator);
  const title = conversation ? client.titleOf(conversation) : t('untitledConversation');
  return (
    <section className="chat chat-window" aria-label={title} data-chat-drop>
      <Top conversation={conversation} handle={handle} onSearch={() => onSearch ? onSearch(conversationId) : setIsSearching(!isSearching)} {...header} />
      <ConnectionBanner conversationId={conversationId} />
      <div className="chat-window__panes" data-searching={isSearching || undefined}>
        <div className="chat-window__body">
          <MessageList conversationId={conversationId} />
          <Typing conversationId={conversationId} />
          {(conversation !== null || error?.code !== 'not_found') && <Input conversationId={conversationId} />}
        </div>
        {isSearching && <WindowSearch handle={handle} onClose={() => setIsSearching(false)} />}
      </div>
    </section>
  );
}

type TopProps = Omit<HeaderProps, 'conversation'> & { readonly conversation: HeaderProps['conversation'] | null };

function Top({ conversation, handle, ...props }: TopProps) {
  const Header = useSlot('Header', ChatHeader);
  if (!conversation) return <header className="chat-header" aria-hidden="true" />;
  return <MessageDeedsScope handle={handle}><Header conversation={conversation} handle={handle} {...props} /></MessageDeedsScope>;
}

function WindowSearch({ handle, onClose }: { readonly handle: ConversationHandle; readonly onClose: () => void }) {
  const isNarrow = () => window.matchMedia('(max-width: 44rem)').matches;
  return (
    <SearchPanel
      conversationId={handle.id} onClose={onClose}
      onOpen={({ id }) => {
        // What cannot be found any more is not jumped to; the list says nothing else about it.
        handle.messages.jumpTo(id).catch(() => undefined);
        if (isNarrow()) onClose();
      }}
    />
  );
}
