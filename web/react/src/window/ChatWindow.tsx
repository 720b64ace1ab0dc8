/** One conversation: its header, its messages, who types, and the input. */

import type { ConversationHandle, ConversationId } from '@workconnect/chat-client';
import { MessageInput } from '../composer/MessageInput.js';
import { useChatClient } from '../hooks/useClient.js';
import { useConversation } from '../hooks/useConversations.js';
import { useText } from '../i18n/useText.js';
import { MessageDeedsScope } from '../messages/actions.js';
import { MessageList } from '../messages/MessageList.js';
import { Announcer } from '../primitives/Announcer.js';
import type { ChatSlots, HeaderProps } from '../slots/props.js';
import { SlotsScope, useSlot } from '../slots/slots.js';
import { ChatHeader } from './ChatHeader.js';
import { ComposerTargetScope } from './target.js';

/** Props of a window. */
export interface ChatWindowProps extends Pick<HeaderProps, 'onBack' | 'onSearch'> {
  readonly conversationId: ConversationId;
  readonly components?: Partial<ChatSlots>;
}

/** One conversation, with everything that is done in it. */
export function ChatWindow({ conversationId, components, ...header }: ChatWindowProps) {
  return (
    <SlotsScope components={components}>
      <Announcer>
        <ComposerTargetScope key={conversationId}>
          <Window conversationId={conversationId} {...header} />
        </ComposerTargetScope>
      </Announcer>
    </SlotsScope>
  );
}

function Window({ conversationId, ...header }: Omit<ChatWindowProps, 'components'>) {
  const { t } = useText();
  const client = useChatClient();
  const { conversation, error, handle } = useConversation(conversationId);
  const Input = useSlot('Composer', MessageInput);
  const title = conversation ? client.titleOf(conversation) : t('untitledConversation');
  return (
    <section className="chat chat-window" aria-label={title}>
      <Top conversation={conversation} handle={handle} {...header} />
      <div className="chat-window__body">
        <MessageList conversationId={conversationId} />
      </div>
      <TypingLine conversationId={conversationId} />
      {error?.code !== 'not_found' && <Input conversationId={conversationId} />}
    </section>
  );
}

function Top({ conversation, handle, ...props }: Omit<HeaderProps, 'conversation'> & { readonly conversation: HeaderProps['conversation'] | null; readonly handle: ConversationHandle }) {
  const Header = useSlot('Header', ChatHeader);
  if (!conversation) return <header className="chat-header" aria-hidden="true" />;
  return <MessageDeedsScope handle={handle}><Header conversation={conversation} handle={handle} {...props} /></MessageDeedsScope>;
}

function TypingLine({ conversationId }: Pick<ChatWindowProps, 'conversationId'>) {
  const Typing = useSlot('Typing', NoTyping);
  return <Typing conversationId={conversationId} />;
}

function NoTyping() {
  return null;
}
