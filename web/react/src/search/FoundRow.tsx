/** A message that was found: who said it, where and when, and the words around the hits. */

import type { Conversation, ConversationId, FoundMessage } from '@workconnect/chat-client';
import { useEffect, useMemo, useState } from 'react';
import { senderName, summaryOf } from '../conversations/describe.js';
import { useChatClient, useUserId } from '../hooks/useClient.js';
import { useText } from '../i18n/useText.js';
import { Avatar } from '../people/Avatar.js';
import { useSlot } from '../slots/slots.js';
import { highlightPieces } from './highlight.js';

/** Props of a found message. */
export interface FoundRowProps {
  readonly message: FoundMessage;
  /** Names the conversation; superfluous where only one is searched. */
  readonly showConversation: boolean;
  readonly onOpen: (message: FoundMessage) => void;
}

/** A found message; a click shows it where it was said. */
export function FoundRow({ message, showConversation, onOpen }: FoundRowProps) {
  const { t, dates } = useText();
  const Face = useSlot('Avatar', Avatar);
  const name = senderName(message, useUserId(), t);
  return (
    <button type="button" className="chat-found" onClick={() => onOpen(message)}>
      <Face id={message.sender?.id ?? null} name={message.sender?.name ?? name} url={message.sender?.avatar_url} size="sm" />
      <span className="chat-found__text">
        <span className="chat-found__head">
          <span className="chat-found__name">{name}</span>
          <time dateTime={message.created_at} title={dates.full(message.created_at)}>{dates.short(message.created_at)}</time>
        </span>
        {showConversation && <ConversationTitle id={message.conversation_id} />}
        <span className="chat-found__words" dir="auto">
          {message.highlight ? <Highlighted text={message.highlight} /> : summaryOf(message, t)}
        </span>
      </span>
    </button>
  );
}

/** The server's `highlight`, as text and marks. */
export function Highlighted({ text }: { readonly text: string }) {
  const pieces = useMemo(() => highlightPieces(text), [text]);
  return <>{pieces.map((piece, index) => piece.hit ? <mark key={index}>{piece.text}</mark> : <span key={index}>{piece.text}</span>)}</>;
}

function ConversationTitle({ id }: { readonly id: ConversationId }) {
  const client = useChatClient();
  const [conversation, setConversation] = useState<Conversation>();
  useEffect(() => {
    let over = false;
    // Without its row the message is shown without the conversation's name.
    client.conversations.get(id).then((row) => !over && setConversation(row), () => undefined);
    return () => {
      over = true;
    };
  }, [client, id]);
  return <span className="chat-found__where">{conversation ? client.titleOf(conversation) : '\u00a0'}</span>;
}
