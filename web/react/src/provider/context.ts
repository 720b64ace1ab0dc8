/** What the provider gives to everything below it. */

import type { ChatClient } from '@workconnect/chat-client';
import { createContext, useContext } from 'react';
import type { ChatTexts } from '../i18n/strings.js';

/** The client, and the language of the components. */
export interface ChatContextValue {
  readonly client: ChatClient;
  /** Texts that replace the English ones. */
  readonly messages?: Partial<ChatTexts> | undefined;
  /** BCP 47, for dates, numbers and plurals. */
  readonly locale: string;
}

/** The context behind `useChatClient`. */
export const ChatContext = createContext<ChatContextValue | undefined>(undefined);

/** What the provider gives. Throws outside of one. */
export function useChatContext(): ChatContextValue {
  const context = useContext(ChatContext);
  if (!context) throw new Error('Chat hooks and components stand below a <ChatProvider>');
  return context;
}
