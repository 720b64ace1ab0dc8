/** A person with a conversation on the screen, and a server that is in memory. */
import { createChatClient, type ChatClient, type ChatClientOptions, type ConversationHandle } from '../../src/index.js';
import { memoryStorage } from '../../src/outbox/storage.js';
import { FakeServer, tokenOf } from './server.js';
import { pass } from './time.js';

export const ID = 'c-1';

export async function shown(server: FakeServer, options: Partial<ChatClientOptions> = {}): Promise<{ client: ChatClient; chat: ConversationHandle; close: () => void }> {
  const client = createChatClient({ url: 'ws://chat.test', getToken: () => tokenOf(1), transport: server.transport, fetch: server.fetch, storage: memoryStorage(), ...options });
  void client.connect();
  const chat = client.conversation(ID);
  const close = chat.open();
  await pass(200);
  return { client, chat, close };
}

/** Somebody has said 1, 2, 3, … */
export function serverWith(count: number): FakeServer {
  const server = new FakeServer();
  server.open(ID);
  for (let at = 1; at <= count; at += 1) server.say(ID, 2, `${at}`);
  return server;
}

export const texts = (chat: ConversationHandle): string[] => chat.messages.get().items.map((item) => item.message.content);
