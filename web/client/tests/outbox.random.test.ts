/** Whatever breaks, wherever: each message ends exactly once in the history and in the view, in order. */
import 'fake-indexeddb/auto';
import { expect, test, vi } from 'vitest';
import type { ChatClient } from '../src/index.js';
import { createChatClient } from '../src/index.js';
import { indexedDbStorage } from '../src/outbox/storage.js';
import { chance } from './support/random.js';
import { FakeServer, tokenOf } from './support/server.js';
import { pass, until, useMovedTime } from './support/time.js';

useMovedTime();

const RUNS = Number(process.env['RUNS'] ?? 40);
const CONVERSATIONS = ['c-1', 'c-2'];

for (let seed = 1; seed <= RUNS; seed += 1) {
  test(`seed ${seed}`, async () => {
    const random = chance(seed);
    vi.spyOn(Math, 'random').mockImplementation(random);
    const server = new FakeServer();
    server.latencyMs = 1 + Math.floor(random() * 20);
    CONVERSATIONS.forEach((id) => server.open(id));
    const storage = indexedDbStorage(`outbox-${seed}`);
    const page = (): ChatClient => {
      const client = createChatClient({ url: 'ws://chat.test', getToken: () => tokenOf(1), transport: server.transport, fetch: server.fetch, storage: { ...storage, shared: false } });
      CONVERSATIONS.forEach((id) => client.conversation(id).open());
      void client.connect();
      return client;
    };

    let client = page();
    await pass(100);
    const breaking = random() * 0.3;
    server.breaks = () => random() < breaking;
    const refusing = random() * 0.3;
    server.refuse = () => (random() < refusing ? { code: 'rate_limited', retry_after_ms: 50 } : null);
    const said = new Map(CONVERSATIONS.map((id) => [id, [] as string[]]));
    for (let message = 0; message < 24; message += 1) {
      const id = CONVERSATIONS[Math.floor(random() * 2)]!;
      const content = `${id} ${message}`;
      said.get(id)!.push(content);
      client.conversation(id).send({ content });
      if (random() < 0.2) server.say(id, 2, `other ${message}`, null, random() < 0.8);
      if (random() < 0.12) {
        // The page is closed at any moment, and opened again.
        await pass(random() * 40);
        await client.close();
        client = page();
      }
      await pass(random() * 60);
    }
    server.breaks = () => false;
    server.refuse = () => null;
    // Heartbeats tell of what was never delivered.
    const beat = (): void => server.tellAll({ type: 'heartbeat', heads: server.heads() });

    const history = (id: string): string[] => server.history(id).filter((one) => one.sender?.id === 1).map((one) => one.content);
    const isDone = (id: string): boolean => {
      const { items } = client.conversation(id).messages.get();
      return items.length === server.history(id).length && items.every((item) => item.delivery === 'sent');
    };
    const diagnose = (id: string): unknown => client.conversation(id).messages.get().items.map((item) => `${item.message.seq} ${item.message.content} ${item.delivery}`);
    await until(() => (beat(), CONVERSATIONS.every(isDone))).catch((cause: unknown) => {
      throw new Error(JSON.stringify([client.status.get(), ...CONVERSATIONS.map((id) => [diagnose(id), server.history(id).map((one) => `${one.seq} ${one.content}`)])], null, 1), { cause });
    });
    for (const id of CONVERSATIONS) {
      expect(history(id)).toEqual(said.get(id));
      const seen = client.conversation(id).messages.get().items.map((item) => item.message.content);
      expect(seen).toEqual(server.history(id).map((one) => one.content));
    }
    expect(await storage.load(1)).toEqual([]);
    await client.close();
    vi.restoreAllMocks();
  });
}
