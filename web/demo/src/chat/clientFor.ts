/** A chat client for somebody who is logged in. */
import { createChatClient } from '@workconnect/chat-client';
import type { ChatClient } from '@workconnect/chat-client';
import type { PageConfig } from '../app/config';
import { tokensOf } from '../app/session';
import type { Session } from '../app/session';
import { Line } from './line';

/** Makes a client over a line; `changed` is told when tokens were renewed. It is not connected yet. */
export function clientFor(config: PageConfig, session: Session, changed: (session: Session) => void, line = new Line()): ChatClient {
  return createChatClient({
    url: config.wsUrl,
    apiUrl: location.origin,
    getToken: tokensOf(session, changed, line.fetch),
    transport: line.transport,
    fetch: line.fetch,
  });
}
