/** The chat of whoever is logged in in this tab: one client for all pages. */
import { UnauthorizedError } from '@workconnect/chat-client';
import type { ChatClient } from '@workconnect/chat-client';
import { ChatProvider, useStore } from '@workconnect/chat-react';
import { de } from '@workconnect/chat-react/de';
import { Attachments, SlotsScope, TypingIndicator, en } from '@workconnect/chat-react/ui';
import type { AttachmentsProps } from '@workconnect/chat-react/ui';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { PageConfig } from '../app/config';
import { preferences } from '../app/preferences';
import type { Session } from '../app/session';
import { ChatAvatar } from '../people/ChatAvatar';
import { clientFor } from './clientFor';
import type { Line } from './line';

/** Props of a chat. */
export interface OwnChatProps {
  readonly config: PageConfig;
  /** Who it is to begin with; another person is another `key`. */
  readonly session: Session;
  /** Is told of renewed tokens, and null when nobody is logged in any more. */
  readonly onSession: (session: Session | null) => void;
  readonly line?: Line | undefined;
  readonly children: ReactNode;
}

/** Connects while it is there. */
export function OwnChat({ config, session, onSession, line, children }: OwnChatProps) {
  const [client, setClient] = useState<ChatClient | null>(null);
  useEffect(() => {
    const made = clientFor(config, session, onSession, line);
    setClient(made);
    made.connect().catch((error: unknown) => {
      if (error instanceof UnauthorizedError) onSession(null);
    });
    return () => void made.close();
    // Renewed tokens are the same person.
  }, [config, session.id, line]);
  const { language } = useStore(preferences);
  if (!client) return null;
  return (
    <ChatProvider client={client} messages={LANGUAGES[language]} locale={language}>
      <SlotsScope components={SLOTS}>{children}</SlotsScope>
    </ChatProvider>
  );
}

const LANGUAGES = { en, de };
const SLOTS = { Avatar: ChatAvatar, Attachments: Files, Typing: TypingIndicator };

function Files({ message }: AttachmentsProps) {
  return <Attachments attachments={message.attachments} />;
}
