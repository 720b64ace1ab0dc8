/** Two tabs of one person: one outbox, one sender, the same view in both. Locks, channel and IndexedDB are those of a browser. */
import 'fake-indexeddb/auto';
import { afterEach, expect, test } from 'vitest';
import { createChatClient, type ChatClient } from '../src/index.js';
import { indexedDbStorage } from '../src/outbox/storage.js';
import { FakeServer, tokenOf } from './support/server.js';
import { until, useMovedTime } from './support/time.js';

useMovedTime();

const ID = 'c-1';
const open: ChatClient[] = [];
let user = 10;

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

/** Each test has a person, and so locks, of its own. */
function tab(server: FakeServer, userId: number): ChatClient {
  const client = createChatClient({ url: 'ws://chat.test', getToken: () => tokenOf(userId), transport: server.transport, fetch: server.fetch, storage: indexedDbStorage() });
  client.conversation(ID).open();
  void client.connect();
  open.push(client);
  return client;
}

const view = (client: ChatClient): string[] => client.conversation(ID).messages.get().items.map((item) => `${item.message.content} ${item.delivery}`);
const sends = (server: FakeServer): unknown[] => server.heard.filter((frame) => frame.type === 'send_message').map((frame) => frame.content);
const connected = (client: ChatClient): boolean => client.status.get().state === 'connected';

test('what one tab writes, the other sends; both see it once', async () => {
  const server = new FakeServer();
  server.open(ID);
  const userId = (user += 1);
  const first = tab(server, userId);
  await until(() => connected(first));
  const second = tab(server, userId);
  await until(() => connected(second));
  const pending = second.conversation(ID).send({ content: 'from the second' });
  first.conversation(ID).send({ content: 'from the first' });
  await until(() => [first, second].every((one) => view(one).length === 2 && view(one).every((row) => row.endsWith(' sent'))));
  expect(await pending.stored).toMatchObject({ id: expect.any(String) as string });
  expect(view(first)).toEqual(view(second));
  expect(sends(server)).toHaveLength(2);
  expect(server.history(ID)).toHaveLength(2);
});

test('what waits in one tab is seen in the other, and cancelled from there', async () => {
  const server = new FakeServer();
  server.open(ID);
  const userId = (user += 1);
  const first = tab(server, userId);
  const second = tab(server, userId);
  await until(() => connected(first) && connected(second));
  first.disconnect();
  second.disconnect();
  const { clientId } = first.conversation(ID).send({ content: 'waits' });
  await until(() => view(second).join() === 'waits queued');
  expect(await second.conversation(ID).cancel(clientId)).toBe(true);
  await until(() => view(first).length === 0);
});

test('a tab that goes leaves its messages to the other', async () => {
  const server = new FakeServer();
  server.open(ID);
  const userId = (user += 1);
  const first = tab(server, userId);
  const second = tab(server, userId);
  await until(() => connected(first) && connected(second));
  server.breaks = (step) => step === 'frame';
  first.conversation(ID).send({ content: 'left behind' });
  await until(() => view(second).length === 1);
  await first.close();
  server.breaks = () => false;
  await until(() => view(second).join() === 'left behind sent');
  expect(server.history(ID)).toHaveLength(1);
});

test('a tab without a connection does not hold the others up', async () => {
  const server = new FakeServer();
  server.open(ID);
  const userId = (user += 1);
  const first = tab(server, userId);
  await until(() => connected(first));
  const second = tab(server, userId);
  await until(() => connected(second));
  first.disconnect();
  second.conversation(ID).send({ content: 'not held up' });
  await until(() => view(second).join() === 'not held up sent', 20_000);
  expect(server.history(ID)).toHaveLength(1);
});

test('an outbox of another person is left alone', async () => {
  const server = new FakeServer();
  server.open(ID);
  const [one, other] = [(user += 1), (user += 1)];
  const first = tab(server, one);
  await until(() => connected(first));
  first.disconnect();
  first.conversation(ID).send({ content: 'mine' });
  await until(() => view(first).join() === 'mine queued');
  await first.close();
  const second = tab(server, other);
  await until(() => connected(second) && second.conversation(ID).messages.get().isLoading === false);
  expect(view(second)).toEqual([]);
  expect(sends(server)).toEqual([]);
  expect(await indexedDbStorage().load(one)).toHaveLength(1);
});
