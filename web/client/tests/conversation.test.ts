/** A conversation that is open: its window, its log, reactions, reading, typing; and the list that it is in. */
import { expect, test, vi } from 'vitest';
import { createChatClient, type ChatClient, type ChatClientOptions, type ConversationHandle } from '../src/index.js';
import { memoryStorage } from '../src/outbox/storage.js';
import { FakeServer, tokenOf } from './support/server.js';
import { pass, until, useMovedTime } from './support/time.js';

useMovedTime();

const ID = 'c-1';

async function shown(server: FakeServer, options: Partial<ChatClientOptions> = {}): Promise<{ client: ChatClient; chat: ConversationHandle; close: () => void }> {
  const client = createChatClient({ url: 'ws://chat.test', getToken: () => tokenOf(1), transport: server.transport, fetch: server.fetch, storage: memoryStorage(), ...options });
  void client.connect();
  const chat = client.conversation(ID);
  const close = chat.open();
  await pass(200);
  return { client, chat, close };
}

function serverWith(count: number): FakeServer {
  const server = new FakeServer();
  server.open(ID);
  for (let at = 1; at <= count; at += 1) server.say(ID, 2, `${at}`);
  return server;
}

const texts = (chat: ConversationHandle): string[] => chat.messages.get().items.map((item) => item.message.content);
const range = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, at) => String(from + at));

test('shows the newest page, then older ones, without a hole', async () => {
  const { client, chat } = await shown(serverWith(120));
  expect(texts(chat)).toEqual(range(71, 120));
  expect(chat.messages.get()).toMatchObject({ hasOlder: true, hasNewer: false, isLoading: false });
  await Promise.all([chat.messages.loadOlder(), chat.messages.loadOlder(), pass(100)]);
  expect(texts(chat)).toEqual(range(21, 120));
  await Promise.all([chat.messages.loadOlder(), pass(100)]);
  expect(texts(chat)).toEqual(range(1, 120));
  expect(chat.messages.get().hasOlder).toBe(false);
  await client.close();
});

test('holds a bounded part, and goes both ways in it', async () => {
  const server = serverWith(300);
  const { client, chat } = await shown(server, { windowSize: 100 });
  for (let page = 0; page < 3; page += 1) await Promise.all([chat.messages.loadOlder(), pass(100)]);
  expect(texts(chat)).toEqual(range(101, 200));
  expect(chat.messages.get()).toMatchObject({ hasOlder: true, hasNewer: true });
  server.say(ID, 2, '301');
  await pass(100);
  expect(texts(chat)).toEqual(range(101, 200));
  for (let page = 0; page < 3; page += 1) await Promise.all([chat.messages.loadNewer(), pass(100)]);
  expect(texts(chat)).toEqual(range(202, 301));
  expect(chat.messages.get()).toMatchObject({ hasOlder: true, hasNewer: false });
  server.say(ID, 2, '302');
  await pass(100);
  expect(texts(chat)).toEqual(range(203, 302));
  await client.close();
});

test('a reader who is not at the end keeps what there is to read', async () => {
  const server = serverWith(100);
  const { client, chat } = await shown(server, { windowSize: 50 });
  chat.messages.follow(false);
  server.say(ID, 2, '101');
  await pass(100);
  expect(texts(chat)).toEqual(range(51, 100));
  expect(chat.messages.get().hasNewer).toBe(true);
  await Promise.all([chat.messages.jumpToLatest(), pass(100)]);
  expect(texts(chat)).toEqual(range(52, 101));
  await client.close();
});

test('jumps to a message, by id or position, and says where it is', async () => {
  const server = serverWith(500);
  const { client, chat } = await shown(server);
  const wanted = server.history(ID)[199]!;
  await Promise.all([chat.messages.jumpTo(wanted.id), pass(100)]);
  expect(texts(chat)).toContain('200');
  expect(chat.messages.get()).toMatchObject({ hasOlder: true, hasNewer: true, target: { id: wanted.id, seq: wanted.seq } });
  const before = server.calls.length;
  await chat.messages.jumpTo(wanted.seq);
  expect(server.calls.length).toBe(before);
  const [refused] = await Promise.allSettled([chat.messages.jumpTo('m-none'), pass(100)]);
  expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
  expect(texts(chat)).toContain('200');
  await client.close();
});

test('a hole is filled from the log, and events come to listeners once, in order', async () => {
  const server = serverWith(2);
  const { client, chat } = await shown(server);
  const heard: number[] = [];
  client.on('message_received', (frame) => heard.push(frame.seq));
  server.say(ID, 2, 'missed', null, false);
  server.say(ID, 2, 'missed too', null, false);
  server.say(ID, 2, 'heard');
  await pass(100);
  expect(texts(chat).slice(-3)).toEqual(['missed', 'missed too', 'heard']);
  expect(heard).toEqual([4, 5, 6]);
  server.say(ID, 2, 'told by a heartbeat', null, false);
  server.tellAll({ type: 'heartbeat', heads: server.heads() });
  await pass(1_200);
  expect(texts(chat).at(-1)).toBe('told by a heartbeat');
  await client.close();
});

test('after a break it resumes from where it was', async () => {
  const server = serverWith(2);
  const { client, chat } = await shown(server);
  server.cut();
  server.say(ID, 2, 'meanwhile');
  await until(() => texts(chat).includes('meanwhile'));
  expect(server.heard.filter((frame) => frame.type === 'resume').at(-1)).toEqual({ type: 'resume', positions: { [ID]: 3 }, log_epoch: 1 });
  expect(server.calls.filter((call) => call.includes('/messages/'))).toHaveLength(1);
  await client.close();
});

test('a resume that is refused for now is asked for again; a conversation that was lost meanwhile is gone', async () => {
  const server = serverWith(2);
  const { client, chat } = await shown(server);
  server.refuseResume = () => 'unavailable';
  server.cut();
  server.say(ID, 2, 'meanwhile', null, false);
  await until(() => client.status.get().state === 'connected');
  await pass(100);
  expect(texts(chat)).toEqual(['1', '2']);
  server.refuseResume = () => null;
  await until(() => texts(chat).includes('meanwhile'), 4_000);
  server.cut();
  server.logs.delete(ID);
  await until(() => chat.error.get()?.code === 'not_found');
  expect(texts(chat)).toEqual([]);
  await client.close();
});

test('another life of the log, and a demand to resync, load anew', async () => {
  const server = serverWith(3);
  const { client, chat } = await shown(server);
  server.epoch = 2;
  server.open(ID);
  server.say(ID, 2, 'another log');
  server.cut();
  await until(() => texts(chat).join() === 'another log');
  server.say(ID, 2, 'far away', null, false);
  server.tellAll({ type: 'resync_required', conversation_id: ID, last_seq: 3, log_epoch: 2 });
  await until(() => texts(chat).join() === 'another log,far away');
  await client.close();
});

test('reactions count once, whatever the page already had', async () => {
  const server = serverWith(1);
  const { client, chat } = await shown(server);
  const [message] = server.history(ID);
  const react = (user_id: number, on = true): void =>
    void server.append(ID, { type: on ? 'reaction_added' : 'reaction_removed', message_seq: 2, message_id: message!.id, emoji: '👍', user_id, actor_id: user_id });
  react(2);
  react(3);
  await pass(200);
  const reactions = (): unknown => chat.messages.get().items[0]!.message.reactions;
  expect(reactions()).toEqual([{ emoji: '👍', count: 2, me: false }]);
  const before = server.calls.length;
  react(4);
  react(3, false);
  await pass(200);
  expect(reactions()).toEqual([{ emoji: '👍', count: 2, me: false }]);
  expect(server.calls.length).toBe(before);

  const done = chat.react(message!.id, '👍');
  expect(reactions()).toEqual([{ emoji: '👍', count: 3, me: true }]);
  await Promise.all([done, pass(50)]);
  react(1);
  await pass(100);
  expect(reactions()).toEqual([{ emoji: '👍', count: 3, me: true }]);
  await client.close();
});

test('edits and deletions show, also when they come while their page does', async () => {
  const server = serverWith(60);
  const { client, chat } = await shown(server);
  const old = server.history(ID)[4]!;
  const loaded = chat.messages.loadOlder();
  await pass(6);
  // The page has been read; the event overtakes it.
  server.tellAll({ type: 'message_edited', conversation_id: ID, seq: 62, actor_id: 2, created_at: '', message_seq: old.seq, message: { ...old, content: 'edited', edited_at: 'now' } });
  await Promise.all([loaded, pass(100)]);
  expect(texts(chat)[4]).toBe('edited');
  server.tellAll({ type: 'message_deleted', conversation_id: ID, seq: 63, actor_id: 2, created_at: '', message_seq: old.seq, message_id: old.id, deleted_at: 'now' });
  await pass(50);
  expect(chat.messages.get().items[4]!.message).toMatchObject({ content: '', deleted_at: 'now' });
  await client.close();
});

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

test('who was removed is shown nothing more', async () => {
  const server = serverWith(3);
  const { client, chat } = await shown(server);
  server.append(ID, { type: 'participant_removed', user_id: 1, role: 'member' });
  await pass(100);
  expect(texts(chat)).toEqual([]);
  expect(chat.error.get()).toMatchObject({ code: 'not_found' });
  server.append(ID, { type: 'participant_added', user_id: 1, role: 'member', participant: {} });
  await pass(300);
  expect(texts(chat)).toEqual(['1', '2', '3']);
  expect(chat.error.get()).toBe(null);
  await client.close();
});

test('a conversation that nobody shows is let go', async () => {
  const server = serverWith(3);
  const { client, chat, close } = await shown(server);
  const again = chat.open();
  close();
  close();
  await pass(40_000);
  expect(texts(chat)).toHaveLength(3);
  again();
  await pass(29_000);
  expect(texts(chat)).toHaveLength(3);
  await pass(2_000);
  expect(texts(chat)).toHaveLength(0);
  chat.open();
  await pass(200);
  expect(texts(chat)).toHaveLength(3);
  await client.close();
}, 120_000);

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
