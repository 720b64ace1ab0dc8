'use client';

import { UnauthorizedError } from '@workconnect/chat-client';
import { ChatProvider } from '@workconnect/chat-react';
import { ChatInbox } from '@workconnect/chat-react/ui';
import { useMemo } from 'react';

/** The components, with tokens from this app's own route. */
export function Inbox({ gatewayUrl, apiUrl }: { readonly gatewayUrl: string; readonly apiUrl: string }) {
  const config = useMemo(() => ({ url: gatewayUrl, apiUrl, getToken }), [gatewayUrl, apiUrl]);
  return <ChatProvider config={config}><ChatInbox /></ChatProvider>;
}

async function getToken({ signal }: { readonly signal: AbortSignal }): Promise<string> {
  const response = await fetch('/api/chat/token', { method: 'POST', signal });
  if (response.status === 401) throw new UnauthorizedError();
  if (!response.ok) throw new Error(`The token route answered ${response.status}`);
  const { token } = (await response.json()) as { token: string };
  return token;
}
