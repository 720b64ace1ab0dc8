/** A conversation that is open: its window and its log. */
import { expect, test } from 'vitest';
import { ID, serverWith, shown, texts } from './support/shown.js';
import { pass, until, useMovedTime } from './support/time.js';

useMovedTime();

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
