/** The root of everything: which client, and which language. */

import type { ChatClient, ChatClientOptions } from '@workconnect/chat-client';
import { useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { ChatTexts } from '../i18n/strings.js';
import { ChatContext } from './context.js';
import { OwnedClient } from './OwnedClient.js';

interface Language {
  /** Texts that replace the English ones: a whole language, or some of them. */
  readonly messages?: Partial<ChatTexts>;
  /** BCP 47, for dates, numbers and plurals; English by default. */
  readonly locale?: string;
  readonly children: ReactNode;
}

/**
 * Props of the provider. With `client` you connect and close it. With `config` the provider does: it connects when it is mounted and
 * closes when it is unmounted. Another person is another `key`: later changes of `config` do nothing.
 */
export type ChatProviderProps = Language & ({ readonly client: ChatClient; readonly config?: never } | { readonly client?: never; readonly config: ChatClientOptions });

/** Gives a client and a language to hooks and components below. */
export function ChatProvider({ client, config, ...language }: ChatProviderProps) {
  return client ? <ClientScope client={client} {...language} /> : <OwnedClientScope config={config} {...language} />;
}

function OwnedClientScope({ config, ...language }: Language & { readonly config: ChatClientOptions }) {
  const [owned, setOwned] = useState(() => new OwnedClient(config));
  useEffect(() => {
    if (!owned.isClosed) return owned.hold();
    setOwned(new OwnedClient(config));
    return undefined;
    // A changed config is another person, and that is another key.
  }, [owned]);
  return <ClientScope client={owned.client} {...language} />;
}

function ClientScope({ client, messages, locale = 'en', children }: Language & { readonly client: ChatClient }) {
  const value = useMemo(() => ({ client, messages, locale }), [client, messages, locale]);
  return <ChatContext.Provider value={value}>{children}</ChatContext.Provider>;
}
