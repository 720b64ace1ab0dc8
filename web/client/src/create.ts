/** Where a client begins. */
import type { ChatClient, ChatClientOptions } from './api/client.js';
import { Client } from './chat.js';

/** Makes a client; it connects when `connect` is called. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  return new Client(options);
}
