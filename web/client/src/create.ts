/** Where a client begins. */
import type { ChatClient, ChatClientOptions } from './api/client.js';
import { ChatError } from './errors.js';

/** Makes a client; it connects when `connect` is called. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  throw new ChatError('unavailable', `No client for ${options.url} yet.`);
}
