/** Against a stack that runs (`make run`): CHAT_API and CHAT_WS say where. Without them nothing is tested here. */
import { expect, test, vi } from 'vitest';
import type { Transport } from '../src/api/transport.js';
import { createChatClient, type ChatClient, type ConversationHandle, type Tokens } from '../src/index.js';
import { memoryStorage } from '../src/outbox/storage.js';
import { socketIoTransport } from '../src/socketio.js';
import { webSocketTransport } from '../src/socket.js';

const api = process.env['CHAT_API'];
const url = process.env['CHAT_WS'];
const there = test.runIf(api !== undefined && url !== undefined);

/** Sockets that can be cut. */
function cuttable(transport: Transport): { transport: Transport; cut: () => void } {
  let cut = (): void => undefined;
  return {
    transport: (request, listener) => {
      const connection = transport(request, listener);
      cut = () => {
        connection.close();
        listener.closed(1006, 'cut');
      };
      return connection;
    },
    cut: () => cut(),
  };
}

async function logIn(username: string, password: string): Promise<string> {
  const answer = await fetch(new URL('/api/auth/token/', api), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  return ((await answer.json()) as Tokens).access;
}

function clientOf(token: string, transport: Transport): ChatClient {
  return createChatClient({ url: url!, apiUrl: api!, getToken: () => token, transport, storage: memoryStorage(), reconnect: { minMs: 20, maxMs: 200 } });
}

const texts = (chat: ConversationHandle): string[] => chat.messages.get().items.map((item) => item.message.content);
const eventually = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 20_000, interval: 20 });

for (const [name, transport] of Object.entries({ websocket: webSocketTransport, socketio: socketIoTransport })) {
  there(`two people over ${name}`, async () => {
    const [claras, felixs] = [cuttable(transport), cuttable(transport)];
    const clara = clientOf(await logIn('clara', 'demo-password-1'), claras.transport);
    const felix = clientOf(await logIn('felix', 'demo-password-2'), felixs.transport);
    await Promise.all([clara.connect(), felix.connect()]);
    const { id } = await clara.conversations.create({ participant_ids: [2], job: { id: `${name}-${Date.now()}`, title: 'A roof' } });
    const list = felix.conversations.list();
    await list.loadMore();
    const [hers, his] = [clara.conversation(id), felix.conversation(id)];
    hers.open();
    his.open();

    // Everything arrives once and in order, whatever is cut.
    const said = Array.from({ length: 60 }, (_, at) => `${name} ${at}`);
    for (const [at, content] of said.entries()) {
      hers.send({ content });
      if (at % 7 === 3) claras.cut();
      if (at % 11 === 5) felixs.cut();
      if (at % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await eventually(() => expect(texts(hers)).toEqual(said));
    await eventually(() => expect(hers.messages.get().items.every((item) => item.delivery === 'sent')).toBe(true));
    await eventually(() => expect(texts(his).slice(-10)).toEqual(said.slice(-10)));
    await his.messages.loadOlder();
    await eventually(() => expect(texts(his)).toEqual(said));
    await eventually(() => expect(list.get().items[0]?.last_message?.content).toBe(said.at(-1)));
    await eventually(() => expect(felix.unread.get().byConversation.get(id)).toBe(60));

    // Reading, typing, presence.
    his.markRead();
    await eventually(() => expect(hers.messages.get().items.at(-1)).toMatchObject({ delivery: 'read', readBy: [2] }));
    await eventually(() => expect(felix.unread.get().byConversation.has(id)).toBe(false));
    his.typing.keystroke();
    await eventually(() => expect(hers.typing.get()).toEqual([{ userId: 2, name: 'Felix Freelancer' }]));
    await eventually(() => expect(clara.presence.of(2).get()?.status).toBe('online'));

    // Changes of messages.
    const first = hers.messages.get().items.at(-1)!.message;
    const second = hers.messages.get().items.at(-2)!.message;
    await his.react(first.id!, '👍');
    await eventually(() => expect(hers.messages.get().items.at(-1)!.message.reactions).toEqual([{ emoji: '👍', count: 1, me: false }]));
    await eventually(() => expect(his.messages.get().items.at(-1)!.message.reactions).toEqual([{ emoji: '👍', count: 1, me: true }]));
    await hers.edit(first.id!, 'edited');
    await hers.remove(second.id!);
    await eventually(() => expect(texts(his).slice(-2)).toEqual(['', 'edited']));

    // What was said is found.
    const found = felix.search({ text: `"${name} 17"`, conversation: id });
    await eventually(() => {
      void found.reload();
      expect(found.get().items.map((one) => one.content)).toContain(`${name} 17`);
    });
    await his.messages.jumpTo(found.get().items[0]!.seq);
    expect(texts(his)).toContain(`${name} 17`);
    await Promise.all([clara.close(), felix.close()]);
  });
}
