/** What people do: sending, reading, typing, being there; and the list of conversations. */
import { expect, test, vi } from 'vitest';
import type { OutboxEntry } from '../src/index.js';
import { memoryStorage } from '../src/outbox/storage.js';
import { ID, serverWith, shown, texts } from './support/shown.js';
import { pass, until, useMovedTime } from './support/time.js';

useMovedTime();

test('own messages tell how far they have come, under one key', async () => {
  const server = serverWith(1);
  const { client, chat } = await shown(server);
  const seen: string[] = [];
  const keys = new Set<string>();
  chat.messages.subscribe(() => {
    const last = chat.messages.get().items.at(-1)!;
    if (last.delivery !== seen.at(-1)) seen.push(last.delivery);
    keys.add(last.key);
  });
  const pending = chat.send({ content: 'Hello!' });
  expect(texts(chat)).toEqual(['1', 'Hello!']);
  await pass(100);
  expect(await pending.stored).toMatchObject({ seq: 3 });
  server.tellAll({ type: 'messages_read', conversation_id: ID, message_ids: [], up_to_seq: 3, reader_id: 2, read_at: 'now' });
  await pass(50);
  expect(seen).toEqual(['queued', 'sending', 'sent', 'read']);
  expect(keys.size).toBe(1);
  expect(chat.messages.get().items.at(-1)!.readBy).toEqual([2]);
  await client.close();
});

test('what is refused waits for the person; what follows goes on', async () => {
  const server = serverWith(0);
  const { client, chat } = await shown(server);
  server.refuse = (frame) => (frame.content === 'bad' ? { code: 'blocked' } : null);
  const bad = chat.send({ content: 'bad' });
  chat.send({ content: 'good' });
  await pass(200);
  await expect(bad.stored).rejects.toMatchObject({ code: 'blocked' });
  expect(chat.messages.get().items.map((item) => [item.message.content, item.delivery, item.error?.code])).toEqual([
    ['good', 'sent', undefined],
    ['bad', 'failed', 'blocked'],
  ]);
  server.refuse = () => null;
  await Promise.all([chat.retry(bad.clientId), pass(200)]);
  expect(texts(chat)).toEqual(['good', 'bad']);
  expect(chat.messages.get().items[1]!.delivery).toBe('sent');
  await client.close();
});

test('what was never on its way can be cancelled', async () => {
  const server = serverWith(0);
  const { client, chat } = await shown(server);
  client.disconnect();
  const pending = chat.send({ content: 'never' });
  expect(chat.messages.get().items[0]!.delivery).toBe('queued');
  expect(await chat.cancel(pending.clientId)).toBe(true);
  await expect(pending.stored).rejects.toMatchObject({ code: 'cancelled' });
  expect(texts(chat)).toEqual([]);
  await Promise.all([client.connect(), pass(200)]);
  const sent = chat.send({ content: 'on its way' });
  await pass(2);
  expect(await chat.cancel(sent.clientId)).toBe(false);
  await client.close();
});

test('reading is told once for many calls, and again after a break', async () => {
  const server = serverWith(5);
  const { client, chat } = await shown(server);
  for (const seq of [2, 4, 3, 6]) chat.markRead(seq);
  await pass(400);
  const marks = (): unknown[] => server.heard.filter((frame) => frame.type === 'mark_as_read');
  expect(marks()).toEqual([{ type: 'mark_as_read', conversation_id: ID, up_to: 6 }]);
  server.cut();
  await until(() => marks().length === 2);
  server.tellAll({ type: 'messages_read', conversation_id: ID, message_ids: [], up_to_seq: 6, reader_id: 1, read_at: 'now' });
  await pass(50);
  chat.markRead(6);
  server.cut();
  await pass(3_000);
  expect(marks()).toHaveLength(2);
  await client.close();
});

test('typing is told at most every 2 s, ends after 3 s, and of others after 6 s', async () => {
  const server = serverWith(1);
  const { client, chat } = await shown(server);
  const told = (): string[] => server.heard.map((frame) => frame.type).filter((type) => type.startsWith('typing'));
  for (let at = 0; at < 25; at += 1) {
    chat.typing.keystroke();
    await pass(100);
  }
  expect(told()).toEqual(['typing_start', 'typing_start']);
  await pass(3_100);
  expect(told()).toEqual(['typing_start', 'typing_start', 'typing_stop']);
  server.tellAll({ type: 'typing_indicator', conversation_id: ID, user_id: 2, user_name: 'Felix', is_typing: true });
  await pass(5_000);
  expect(chat.typing.get()).toEqual([{ userId: 2, name: 'Felix' }]);
  await pass(1_100);
  expect(chat.typing.get()).toEqual([]);
  await client.close();
});

test('the list moves with what is said, and names nothing twice', async () => {
  const server = serverWith(1);
  server.open('c-2');
  server.say('c-2', 2, 'later');
  const { client } = await shown(server);
  const list = client.conversations.list({});
  expect(client.conversations.list({})).toBe(list);
  await Promise.all([list.loadMore(), pass(100)]);
  const ids = (): string[] => list.get().items.map((row) => row.id);
  expect(ids()).toEqual(['c-2', ID]);
  server.say(ID, 2, 'now');
  await pass(100);
  expect(ids()).toEqual([ID, 'c-2']);
  expect(list.get().items[0]!.last_message!.content).toBe('now');
  server.tellAll({ type: 'unread_changed', conversation_id: 'c-2', unread_count: 3, total: 3 });
  await pass(50);
  expect(list.get().items[1]!.unread_count).toBe(3);
  expect(client.unread.get()).toEqual({ total: 3, byConversation: new Map([['c-2', 3]]) });
  server.open('c-3');
  server.say('c-3', 2, 'a new one');
  await pass(600);
  expect(ids()).toEqual(['c-3', ID, 'c-2']);
  server.tellAll({ type: 'conversation_deleted', conversation_id: 'c-2', actor_id: 2, deleted_at: '' });
  await pass(50);
  expect(ids()).toEqual(['c-3', ID]);
  await client.close();
});

test('presence follows snapshots and changes', async () => {
  const server = serverWith(1);
  const { client } = await shown(server);
  const row = (user_id: number, status: 'online' | 'offline') => ({ user_id, is_online: status === 'online', last_seen: null, status });
  const watcher = vi.fn();
  client.presence.of(2).subscribe(watcher);
  server.tellAll({ type: 'presence_snapshot', users: [row(2, 'online')], more: true });
  server.tellAll({ type: 'presence_snapshot', users: [row(3, 'offline')] });
  await pass(50);
  expect(client.presence.of(2).get()).toEqual(row(2, 'online'));
  expect([...client.presence.all.get().keys()]).toEqual([2, 3]);
  server.tellAll({ type: 'user_status_change', ...row(2, 'offline') });
  await pass(50);
  expect(client.presence.of(2).get()).toEqual(row(2, 'offline'));
  expect(watcher).toHaveBeenCalledTimes(2);
  server.cut();
  await until(() => client.status.get().state === 'connected');
  server.tellAll({ type: 'presence_snapshot', users: [row(3, 'online')] });
  await pass(50);
  expect(client.presence.of(2).get()).toBe(null);
  await client.close();
});

test('each message is given to the storage in the moment it is sent, whatever waits there', async () => {
  const given: string[] = [];
  const storage = { ...memoryStorage(), put: (entry: OutboxEntry) => (given.push(entry.content), new Promise<void>(() => undefined)) };
  const { client, chat } = await shown(serverWith(0), { storage });
  for (const content of ['a', 'b', 'c']) chat.send({ content });
  // No timer, no turn of the loop: a page that is closed now has handed them over.
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  expect(given).toEqual(['a', 'b', 'c']);
  await client.close();
});
